import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import hunan_trade.lists.models
import hunan_trade.lists.search.text_search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("lists", "0001_initial"),
        ("regions", "0002_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="ParkHistory",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                ("changed_xid", hunan_trade.lists.models.TransactionField(editable=False, verbose_name="变更序号")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("economic", "经开区"),
                            ("high_tech", "高新区"),
                            ("bonded", "综合保税区"),
                            ("export", "出口加工区"),
                            ("park", "园区"),
                        ],
                        max_length=10,
                        verbose_name="类型",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("national", "国家级"), ("provincial", "省级"), ("county", "县级")],
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                (
                    "approved",
                    models.CharField(
                        blank=True,
                        help_text="知道到哪里写到哪里：1991、2000-02 或 2012-10-25",
                        max_length=10,
                        verbose_name="批准时间",
                    ),
                ),
                ("as_of_2013", models.BooleanField(verbose_name="2013年在册")),
                (
                    "certainty",
                    models.CharField(
                        choices=[("seen", "有公开文本"), ("plan", "工作要点点名"), ("unverified", "待核")],
                        max_length=10,
                        verbose_name="依据",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=80, verbose_name="出处")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="说明")),
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
                    "city",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="regions.region",
                        verbose_name="市州",
                    ),
                ),
            ],
            options={
                "verbose_name": "园区历次内容",
            },
        ),
        migrations.CreateModel(
            name="Park",
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
                ("name", models.CharField(max_length=60, unique=True, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("economic", "经开区"),
                            ("high_tech", "高新区"),
                            ("bonded", "综合保税区"),
                            ("export", "出口加工区"),
                            ("park", "园区"),
                        ],
                        max_length=10,
                        verbose_name="类型",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("national", "国家级"), ("provincial", "省级"), ("county", "县级")],
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                (
                    "approved",
                    models.CharField(
                        blank=True,
                        help_text="知道到哪里写到哪里：1991、2000-02 或 2012-10-25",
                        max_length=10,
                        verbose_name="批准时间",
                    ),
                ),
                ("as_of_2013", models.BooleanField(verbose_name="2013年在册")),
                (
                    "certainty",
                    models.CharField(
                        choices=[("seen", "有公开文本"), ("plan", "工作要点点名"), ("unverified", "待核")],
                        max_length=10,
                        verbose_name="依据",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=80, verbose_name="出处")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="说明")),
                ("search_text", hunan_trade.lists.search.text_search.SearchTextField("name")),
                ("name_order", hunan_trade.lists.search.text_search.NameOrderField("name")),
                (
                    "city",
                    models.ForeignKey(
                        limit_choices_to={"level": "city"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parks",
                        to="regions.region",
                        verbose_name="市州",
                    ),
                ),
            ],
            options={
                "verbose_name": "园区",
                "ordering": ["city", "name"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["search_text"], name="park_search", opclasses=["gin_trgm_ops"]
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["economic", "high_tech", "bonded", "export", "park"])),
                        name="park_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["national", "provincial", "county"])), name="park_level_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("certainty__in", ["seen", "plan", "unverified"])),
                        name="park_certainty_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("approved__regex", "^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$")),
                        name="park_approved_is_a_date",
                        violation_error_message="批准时间写作 1991、2000-02 或 2012-10-25。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="park_named",
                        violation_error_message="园区要有名称。",
                    ),
                ],
            },
        ),
    ]
