import uuid

import django.db.models.deletion
from django.db import migrations, models

import hunan_trade.lists.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("files", "0001_initial"),
        ("indicators", "0001_initial"),
        ("lists", "0001_initial"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthlyReturn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "changed_xid",
                    hunan_trade.lists.models.TransactionField(
                        db_default=hunan_trade.lists.models.CurrentTransaction(),
                        editable=False,
                        verbose_name="变更序号",
                    ),
                ),
                ("month", models.DateField(verbose_name="月份")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("filling", "填报中"),
                            ("signing", "待签发"),
                            ("sent", "待审核"),
                            ("given_back", "退回修改"),
                            ("accepted", "已核定"),
                        ],
                        default="filling",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("round_number", models.PositiveSmallIntegerField(default=1, verbose_name="轮次")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版次")),
                ("opens_at", models.DateTimeField(verbose_name="开放时间")),
                ("due_at", models.DateTimeField(verbose_name="截止时间")),
                ("locks_at", models.DateTimeField(verbose_name="锁定时间")),
                ("first_sent_at", models.DateTimeField(null=True, verbose_name="首报时间")),
                ("handed_up_at", models.DateTimeField(null=True, verbose_name="送签时间")),
                ("note", models.TextField(blank=True, verbose_name="退给填报人的意见")),
                ("nil_reason", models.TextField(blank=True, verbose_name="零报告原因")),
                (
                    "handed_up_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="送签人",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="regions.region",
                        verbose_name="市州",
                    ),
                ),
            ],
            options={
                "verbose_name": "月报",
                "ordering": ["-month", "region"],
            },
        ),
        migrations.CreateModel(
            name="Exemption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("late", "锁定后补报"), ("reopen", "重新打开")], max_length=10, verbose_name="事项"
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("reason", models.TextField(verbose_name="理由")),
                ("until", models.DateTimeField(verbose_name="期限")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                ("granted", models.BooleanField(null=True, verbose_name="同意")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="提出",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="批准",
                    ),
                ),
                (
                    "monthly_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exemptions",
                        to="intake.monthlyreturn",
                    ),
                ),
            ],
            options={
                "verbose_name": "例外",
                "ordering": ["-asked_at"],
            },
        ),
        migrations.CreateModel(
            name="ReplacedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=80)),
                ("texts", models.JSONField()),
                ("version", models.PositiveIntegerField()),
                ("since", models.PositiveIntegerField()),
                ("until", models.PositiveIntegerField()),
                ("edited_at", models.DateTimeField()),
                (
                    "edited_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                    ),
                ),
                (
                    "monthly_return",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.monthlyreturn",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报行历史版本",
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="轮次")),
                ("receipt", models.CharField(max_length=40, unique=True, verbose_name="回执号")),
                ("rows_changed", models.PositiveIntegerField(default=0, verbose_name="改动行数")),
                ("handed_up_at", models.DateTimeField(verbose_name="送签时间")),
                ("sent_at", models.DateTimeField(verbose_name="送达时间")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("accepted", "核定"), ("given_back", "退回")],
                        max_length=12,
                        verbose_name="决定",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                ("reason", models.TextField(blank=True, verbose_name="原因")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="审核",
                    ),
                ),
                (
                    "filled_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="填报",
                    ),
                ),
                (
                    "monthly_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="intake.monthlyreturn"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="签发",
                    ),
                ),
                (
                    "workbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                        verbose_name="报表文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "轮次",
                "ordering": ["monthly_return", "number"],
            },
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=80)),
                ("column", models.CharField(max_length=40)),
                ("cell", models.CharField(max_length=10, verbose_name="单元格")),
                ("record", models.CharField(max_length=120, verbose_name="对象")),
                ("value", models.CharField(blank=True, max_length=40, verbose_name="原报")),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to="intake.round"
                    ),
                ),
            ],
            options={
                "verbose_name": "退回单元格",
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "observation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="indicators.observation",
                    ),
                ),
                ("cells", models.CharField(max_length=80, verbose_name="单元格")),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="intake.round"
                    ),
                ),
            ],
            options={
                "verbose_name": "入账",
            },
        ),
        migrations.CreateModel(
            name="Row",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=80)),
                ("texts", models.JSONField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("since", models.PositiveIntegerField(db_default=1, default=1)),
                ("edited_at", models.DateTimeField()),
                (
                    "edited_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                    ),
                ),
                (
                    "monthly_return",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="intake.monthlyreturn",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报行",
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("download", models.CharField(blank=True, max_length=60)),
                ("base_version", models.PositiveIntegerField()),
                ("received_at", models.DateTimeField()),
                ("blocking", models.PositiveIntegerField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
                (
                    "monthly_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="intake.monthlyreturn"
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.user"
                    ),
                ),
            ],
            options={
                "verbose_name": "上传",
                "ordering": ["-received_at"],
            },
        ),
        migrations.CreateModel(
            name="WorkbookReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField()),
                (
                    "read_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.user"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="regions.region"
                    ),
                ),
            ],
            options={
                "verbose_name": "读文件记录",
            },
        ),
        migrations.AddConstraint(
            model_name="monthlyreturn",
            constraint=models.UniqueConstraint(fields=("region", "month"), name="return_once_a_city_and_month"),
        ),
        migrations.AddConstraint(
            model_name="monthlyreturn",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="return_month_is_first_day"),
        ),
        migrations.AddConstraint(
            model_name="monthlyreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["filling", "signing", "sent", "given_back", "accepted"])),
                name="return_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="monthlyreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("round_number__gte", 1)), name="return_rounds_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="monthlyreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__lte", models.F("locks_at")), ("opens_at__lt", models.F("due_at"))),
                name="return_dates_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="exemption_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("decided_by", models.F("asked_by")), _negated=True), _connector="OR"
                ),
                name="exemption_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by", None), ("granted", None)),
                    models.Q(("decided_by__isnull", False), ("granted__isnull", False)),
                    _connector="OR",
                ),
                name="exemption_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="exemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("granted", None)), fields=("monthly_return",), name="exemption_one_open_a_return"
            ),
        ),
        migrations.AddIndex(
            model_name="replacedrow",
            index=models.Index(fields=["monthly_return", "until"], name="replaced_row_by_version"),
        ),
        migrations.AddConstraint(
            model_name="replacedrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("since__lte", models.F("until"))), name="replaced_row_stood_before"
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(fields=("monthly_return", "number"), name="round_once"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("decision", "")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("decision__in", ["accepted", "given_back"]),
                    ),
                    _connector="OR",
                ),
                name="round_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "given_back"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="round_given_back_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("decided_by", models.F("signed_by")), _negated=True),
                    _connector="OR",
                ),
                name="round_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="remark",
            constraint=models.UniqueConstraint(fields=("round", "dataset", "key", "column"), name="remark_once_a_cell"),
        ),
        migrations.AddConstraint(
            model_name="row",
            constraint=models.UniqueConstraint(fields=("monthly_return", "dataset", "key"), name="row_once_a_record"),
        ),
        migrations.CreateModel(
            name="Threshold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=40, verbose_name="用于")),
                ("code", models.CharField(max_length=40, verbose_name="阈值")),
                ("value", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="数值")),
                ("holds_from", models.DateField(verbose_name="自何月起")),
                ("decided_at", models.DateTimeField(verbose_name="决定时间")),
                ("reason", models.TextField(verbose_name="理由")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="决定人",
                    ),
                ),
            ],
            options={
                "verbose_name": "核查和提醒阈值",
                "ordering": ["-decided_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("dataset", "code", "holds_from", "decided_at"), name="threshold_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("holds_from__day", 1)), name="threshold_month_is_first_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="threshold_has_reason"
                    ),
                ],
            },
        ),
    ]
