import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import hunan_trade.lists.models
import hunan_trade.lists.search.text_search
import targets.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0002_triggers"),
        ("files", "0001_initial"),
        ("lists", "0002_triggers"),
        ("regions", "0002_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanSection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("code", models.CharField(max_length=40, verbose_name="编码")),
                ("label", models.CharField(max_length=20, verbose_name="序号")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="targets.plansection",
                    ),
                ),
            ],
            options={
                "verbose_name": "部分",
                "ordering": ["plan", "position"],
            },
        ),
        migrations.CreateModel(
            name="PlanItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="改动次数")),
                ("number", models.PositiveSmallIntegerField(verbose_name="条目")),
                (
                    "kind",
                    models.CharField(
                        choices=[("goal", "目标"), ("approach", "思路"), ("task", "任务")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("summary", models.CharField(max_length=200, verbose_name="概要")),
                (
                    "scope",
                    models.CharField(
                        choices=[("province", "全省"), ("xiangnan", "湘南三市")], max_length=10, verbose_name="范围"
                    ),
                ),
                ("named_units", models.CharField(blank=True, max_length=500, verbose_name="文中点到的单位")),
                ("due_on", models.DateField(null=True, verbose_name="时限")),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.unit",
                        verbose_name="牵头单位",
                    ),
                ),
                ("regions", models.ManyToManyField(related_name="+", to="regions.region", verbose_name="涉及市州")),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="targets.plansection"
                    ),
                ),
            ],
            options={
                "verbose_name": "条目",
                "ordering": ["plan", "number"],
            },
        ),
        migrations.CreateModel(
            name="Roster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="改动次数")),
                ("code", models.SlugField(max_length=40, verbose_name="编码")),
                ("title", models.CharField(max_length=60, verbose_name="名单")),
                ("unit", models.CharField(max_length=12, verbose_name="单位")),
                ("required", models.PositiveSmallIntegerField(verbose_name="应列")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="说明")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rosters", to="targets.planitem"
                    ),
                ),
            ],
            options={
                "verbose_name": "名单",
                "ordering": ["plan", "item", "pk"],
            },
        ),
        migrations.CreateModel(
            name="RosterEntryHistory",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                ("changed_xid", hunan_trade.lists.models.TransactionField(editable=False, verbose_name="变更序号")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("is_current", models.BooleanField(default=True, editable=False, verbose_name="现行要点")),
                ("search_text", hunan_trade.lists.search.text_search.SearchTextCopy("name")),
                ("name_order", models.TextField()),
                ("valid_from", models.DateTimeField(verbose_name="起")),
                ("valid_to", models.DateTimeField(null=True, verbose_name="止")),
                ("ended_xid", hunan_trade.lists.models.TransactionField(null=True, verbose_name="终止序号")),
                ("is_deletion", models.BooleanField(default=False, verbose_name="删除")),
                (
                    "act",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="lists.act",
                        verbose_name="办理",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="regions.region",
                        verbose_name="所在地区",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="targets.roster",
                        verbose_name="名单",
                    ),
                ),
            ],
            options={
                "verbose_name": "名单条目历次内容",
            },
        ),
        migrations.CreateModel(
            name="WorkPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("issuer", models.CharField(max_length=60, verbose_name="印发单位")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("addressees", models.CharField(max_length=200, verbose_name="主送")),
                ("dated_on", models.DateField(verbose_name="印发日期")),
                ("digest", models.CharField(max_length=64, verbose_name="内容摘要")),
                (
                    "loaded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="载入时间"),
                ),
            ],
            options={
                "verbose_name": "工作要点",
                "ordering": ["-year", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "version"), name="plan_version_once_a_year"),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1), ("year__gte", 2000), ("year__lte", 2100)),
                        name="plan_year_and_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="plan_digest_is_sha256"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="roster",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rosters", to="targets.workplan"
            ),
        ),
        migrations.AddField(
            model_name="plansection",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="targets.workplan"
            ),
        ),
        migrations.AddField(
            model_name="planitem",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="targets.workplan"
            ),
        ),
        migrations.CreateModel(
            name="PlanDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="改动次数")),
                ("year", models.PositiveSmallIntegerField(null=True, verbose_name="年度")),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="标题")),
                ("issuer", models.CharField(blank=True, max_length=60, verbose_name="印发单位")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("addressees", models.CharField(blank=True, max_length=200, verbose_name="主送")),
                ("issued_on", models.DateField(null=True, verbose_name="印发日期")),
                ("source_name", models.CharField(max_length=255, verbose_name="文件名")),
                ("nodes", models.JSONField(verbose_name="内容")),
                ("text_digest", models.CharField(max_length=64, verbose_name="原文校验")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "校核中"), ("published", "已发布"), ("discarded", "已弃用")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="读入时间")),
                ("changed_at", models.DateTimeField(verbose_name="最后改动时间")),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="最后改动",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="读入",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                        verbose_name="原件",
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="targets.workplan",
                        verbose_name="起草时的现行版",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="targets.workplan",
                        verbose_name="发布为",
                    ),
                ),
            ],
            options={
                "verbose_name": "要点校核稿",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="PlanDate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("what", models.CharField(max_length=40, verbose_name="指什么")),
                ("starts_on", models.DateField(verbose_name="起")),
                ("ends_on", models.DateField(verbose_name="止")),
                ("whole_month", models.BooleanField(verbose_name="只到月")),
                ("qualifier", models.CharField(blank=True, max_length=20, verbose_name="限定")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="dates", to="targets.planitem"
                    ),
                ),
            ],
            options={
                "verbose_name": "时间",
                "ordering": ["item", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "position"), name="plan_date_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="plan_date_ends_after_start"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("company", "企业"),
                            ("park", "园区"),
                            ("platform", "平台"),
                            ("event", "活动"),
                            ("source", "对接区域"),
                            ("industry", "产业"),
                            ("product", "产品"),
                            ("unit", "单位"),
                            ("fund", "资金"),
                            ("document", "文件"),
                            ("place", "地点"),
                        ],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("note", models.CharField(blank=True, max_length=40, verbose_name="说明")),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="所在市州",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="targets.planitem"
                    ),
                ),
            ],
            options={
                "verbose_name": "点名",
                "ordering": ["item", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "kind", "name"), name="mention_once_an_item"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["company", "park", "platform", "event", "source", "industry"]),
                            ("kind__in", ["product", "unit", "fund", "document", "place"]),
                            _connector="OR",
                        ),
                        name="mention_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Quantity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("what", models.CharField(max_length=60, verbose_name="指什么")),
                ("value", models.DecimalField(decimal_places=4, max_digits=16, null=True, verbose_name="数")),
                ("upper", models.DecimalField(decimal_places=4, max_digits=16, null=True, verbose_name="上限")),
                ("unit", models.CharField(max_length=20, verbose_name="单位")),
                ("qualifier", models.CharField(blank=True, max_length=40, verbose_name="限定")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="quantities", to="targets.planitem"
                    ),
                ),
            ],
            options={
                "verbose_name": "数量",
                "ordering": ["item", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "position"), name="quantity_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(("upper", None), ("upper__gt", models.F("value")), _connector="OR"),
                        name="quantity_upper_above_value",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("value__isnull", False),
                            models.Q(("upper", None), models.Q(("qualifier", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="quantity_says_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name="版本")),
                (
                    "changed_xid",
                    hunan_trade.lists.models.TransactionField(
                        db_default=hunan_trade.lists.models.CurrentTransaction(),
                        editable=False,
                        verbose_name="变更序号",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("is_current", models.BooleanField(default=True, editable=False, verbose_name="现行要点")),
                ("search_text", hunan_trade.lists.search.text_search.SearchTextField("name")),
                ("name_order", hunan_trade.lists.search.text_search.NameOrderField("name")),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="所在地区",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        limit_choices_to=targets.models.in_newest_plan,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="targets.roster",
                        verbose_name="名单",
                    ),
                ),
            ],
            options={
                "verbose_name": "名单条目",
                "ordering": ["roster", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("roster", "name"), name="roster_name_once"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="roster_entry_named"),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["search_text"], name="roster_entry_search", opclasses=["gin_trgm_ops"]
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="改动次数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("not_started", "未启动"),
                            ("under_way", "推进中"),
                            ("delayed", "滞后"),
                            ("done", "已完成"),
                            ("dropped", "终止"),
                        ],
                        default="not_started",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=300, verbose_name="进展")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="原因")),
                ("updated_on", models.DateField(null=True, verbose_name="更新日期")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="states", to="targets.planitem"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="地区",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="更新人",
                    ),
                ),
            ],
            options={
                "verbose_name": "任务状态",
                "ordering": ["item", "region"],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "region"), name="task_state_once_a_region"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["not_started", "under_way", "delayed", "done", "dropped"])),
                        name="task_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["delayed", "dropped"]), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="task_state_bad_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="改动次数")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("code", models.SlugField(max_length=40, verbose_name="编码")),
                ("title", models.CharField(max_length=60, verbose_name="目标")),
                (
                    "shape",
                    models.CharField(
                        choices=[
                            ("absolute", "总量（基数加增幅）"),
                            ("count", "个数"),
                            ("range", "区间（底线和力争）"),
                            ("threshold_count", "达标户数"),
                            ("direction", "方向（比上年同期）"),
                            ("milestone", "时点"),
                            ("comparative", "比上届"),
                            ("roster", "名单"),
                        ],
                        max_length=16,
                        verbose_name="类型",
                    ),
                ),
                ("indicator", models.CharField(blank=True, max_length=60, verbose_name="指标")),
                ("over", models.CharField(blank=True, max_length=60, verbose_name="占比的分母")),
                ("unit", models.CharField(max_length=12, verbose_name="单位")),
                ("base", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="基数")),
                ("growth_pct", models.DecimalField(decimal_places=2, max_digits=6, null=True, verbose_name="增幅")),
                ("value", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="目标数")),
                ("floor", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="底线")),
                ("stretch", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="力争")),
                ("threshold", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="达标线")),
                ("threshold_unit", models.CharField(blank=True, max_length=12, verbose_name="达标线单位")),
                (
                    "direction",
                    models.CharField(
                        blank=True, choices=[("rise", "提高"), ("fall", "下降")], max_length=4, verbose_name="方向"
                    ),
                ),
                ("due_on", models.DateField(null=True, verbose_name="时限")),
                ("reached_on", models.DateField(null=True, verbose_name="达成日期")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="targets", to="targets.planitem"
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="targets.roster",
                    ),
                ),
                (
                    "within",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="targets.target",
                        verbose_name="其中于",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="targets", to="targets.workplan"
                    ),
                ),
            ],
            options={
                "verbose_name": "目标",
                "ordering": ["plan", "position"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "code"), name="target_code_once_a_plan"),
                    models.UniqueConstraint(fields=("plan", "position"), name="target_position_once_a_plan"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("base__isnull", False),
                                ("growth_pct__isnull", False),
                                ("shape", "absolute"),
                                ("value__isnull", False),
                            ),
                            models.Q(("shape", "count"), ("value__isnull", False)),
                            models.Q(("floor__isnull", False), ("shape", "range"), ("stretch__isnull", False)),
                            models.Q(
                                ("shape", "threshold_count"), ("threshold__isnull", False), ("value__isnull", False)
                            ),
                            models.Q(("direction__in", ["rise", "fall"]), ("shape__in", ["direction", "comparative"])),
                            models.Q(("due_on__isnull", False), ("indicator", ""), ("shape", "milestone")),
                            models.Q(("indicator", ""), ("roster__isnull", False), ("shape", "roster")),
                            _connector="OR",
                        ),
                        name="target_has_what_its_shape_needs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("base", None), ("base__gt", 0), _connector="OR"),
                            models.Q(("value", None), ("value__gt", 0), _connector="OR"),
                            models.Q(
                                ("floor", None),
                                models.Q(("floor__gt", 0), ("stretch__gt", models.F("floor"))),
                                _connector="OR",
                            ),
                            models.Q(("threshold", None), ("threshold__gt", 0), _connector="OR"),
                        ),
                        name="target_numbers_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("shape__in", ["milestone", "roster"]),
                            models.Q(("indicator", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="target_measured_names_indicator",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reached_on", None), ("shape", "milestone"), _connector="OR"),
                        name="target_reached_is_milestone",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(fields=("plan", "code"), name="roster_code_once_a_plan"),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.CheckConstraint(
                condition=models.Q(("required__gte", 1)), name="roster_requires_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="plansection",
            constraint=models.UniqueConstraint(fields=("plan", "code"), name="section_code_once_a_plan"),
        ),
        migrations.AddConstraint(
            model_name="plansection",
            constraint=models.UniqueConstraint(fields=("plan", "position"), name="section_position_once_a_plan"),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.UniqueConstraint(fields=("plan", "number"), name="item_number_once_a_plan"),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="item_number_from_1"),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["goal", "approach", "task"])), name="item_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["province", "xiangnan"])), name="item_scope_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="planitem",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("title", ""), _negated=True), models.Q(("summary", ""), _negated=True)),
                name="item_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="plandraft",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "published", "discarded"])), name="draft_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="plandraft",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("plan__isnull", False), ("state", "published")),
                    models.Q(models.Q(("state", "published"), _negated=True), ("plan", None)),
                    _connector="OR",
                ),
                name="draft_published_names_its_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="plandraft",
            constraint=models.CheckConstraint(
                condition=models.Q(("year", None), models.Q(("year__gte", 2000), ("year__lte", 2100)), _connector="OR"),
                name="draft_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="plandraft",
            constraint=models.CheckConstraint(
                condition=models.Q(("text_digest__regex", "^[0-9a-f]{64}$")), name="draft_text_digest_is_sha256"
            ),
        ),
    ]
