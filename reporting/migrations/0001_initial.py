import django.db.models.deletion
from django.db import migrations, models

import hunan_trade.lists.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("files", "0001_initial"),
        ("intake", "0001_initial"),
        ("lists", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
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
                ("kind", models.CharField(max_length=40, verbose_name="种类")),
                ("month", models.DateField(verbose_name="期间末月")),
                ("edition", models.PositiveSmallIntegerField(default=1, verbose_name="稿次")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("reviewing", "待审核"),
                            ("reviewed", "待签发"),
                            ("issued", "已签发"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("content", models.JSONField(verbose_name="内容")),
                ("content_sha256", models.CharField(max_length=64, verbose_name="内容 SHA-256")),
                ("written_at", models.DateTimeField(verbose_name="起草时间")),
                ("edits", models.PositiveSmallIntegerField(default=0, verbose_name="改过的段落")),
                ("asked_at", models.DateTimeField(null=True, verbose_name="送审时间")),
                ("note", models.TextField(blank=True, verbose_name="退回意见")),
                ("reviewed_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("issued_at", models.DateTimeField(null=True, verbose_name="签发时间")),
                ("missing_confirmed", models.BooleanField(default=False, verbose_name="确认缺报市州")),
                ("year", models.PositiveSmallIntegerField(verbose_name="编号年度")),
                ("number", models.PositiveSmallIntegerField(null=True, verbose_name="期号")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="发文字号")),
                (
                    "drafted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="起草",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="签发",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="审核",
                    ),
                ),
            ],
            options={
                "verbose_name": "通报调度",
                "ordering": ["-month", "kind", "-edition"],
            },
        ),
        migrations.CreateModel(
            name="IssueCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="种类")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("last", models.PositiveSmallIntegerField(default=0, verbose_name="末号")),
            ],
            options={
                "verbose_name": "期号",
                "constraints": [models.UniqueConstraint(fields=("kind", "year"), name="counter_once_a_series")],
            },
        ),
        migrations.CreateModel(
            name="ReportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "format",
                    models.CharField(
                        choices=[("docx", ".docx"), ("pdf", ".pdf"), ("xlsx", ".xlsx"), ("html", ".html")],
                        max_length=4,
                        verbose_name="格式",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="reporting.report"
                    ),
                ),
            ],
            options={
                "verbose_name": "通报文件",
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sources", to="reporting.report"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.round"),
                ),
            ],
            options={
                "verbose_name": "依据的月报",
            },
        ),
        migrations.CreateModel(
            name="Voiding",
            fields=[
                (
                    "report",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="voiding",
                        serialize=False,
                        to="reporting.report",
                    ),
                ),
                (
                    "changed_xid",
                    hunan_trade.lists.models.TransactionField(
                        db_default=hunan_trade.lists.models.CurrentTransaction(),
                        editable=False,
                        verbose_name="变更序号",
                    ),
                ),
                ("reason", models.TextField(verbose_name="原因")),
                ("decided_at", models.DateTimeField(verbose_name="作废时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="作废",
                    ),
                ),
            ],
            options={
                "verbose_name": "作废",
            },
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("kind", "month", "edition"), name="report_once_a_period"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("kind", "year", "number"), name="report_number_once_a_series"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=models.Q(("document_number", ""), _negated=True),
                fields=("document_number",),
                name="report_document_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="report_month_is_first_day"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(("year", models.F("month__year"))), name="report_year_is_its_periods"
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["draft", "reviewing", "reviewed", "issued"])),
                name="report_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(("content_sha256__regex", "^[0-9a-f]{64}$")), name="report_sealed"
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewed_at", None), ("reviewed_by", None), ("status__in", ["draft", "reviewing"])),
                    models.Q(
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        ("status__in", ["reviewed", "issued"]),
                    ),
                    _connector="OR",
                ),
                name="report_reviewed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("issued_at__isnull", False),
                        ("issued_by__isnull", False),
                        ("number__isnull", False),
                        ("status", "issued"),
                        ("number__gte", 1),
                    ),
                    models.Q(
                        ("issued_at", None),
                        ("issued_by", None),
                        ("number", None),
                        ("status__in", ["draft", "reviewing", "reviewed"]),
                    ),
                    _connector="OR",
                ),
                name="report_issued_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(("status", "draft"), ("drafted_by__isnull", False), _connector="OR"),
                name="report_beyond_draft_has_drafter",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by", None),
                    ("drafted_by", None),
                    models.Q(("reviewed_by", models.F("drafted_by")), _negated=True),
                    _connector="OR",
                ),
                name="report_reviewer_did_not_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("issued_by", None),
                    ("drafted_by", None),
                    models.Q(("issued_by", models.F("drafted_by")), _negated=True),
                    _connector="OR",
                ),
                name="report_issuer_did_not_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportfile",
            constraint=models.UniqueConstraint(fields=("report", "format"), name="report_file_once_a_format"),
        ),
        migrations.AddConstraint(
            model_name="reportfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("format__in", ["docx", "pdf", "xlsx", "html"])), name="report_file_format_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("report", "round"), name="source_once_a_report"),
        ),
        migrations.AddConstraint(
            model_name="voiding",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="voiding_has_reason"
            ),
        ),
    ]
