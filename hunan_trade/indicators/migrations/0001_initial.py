from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Observation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("indicator", models.CharField(max_length=60, verbose_name="指标")),
                ("month", models.DateField(verbose_name="月份")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("return", "市州月报"),
                            ("customs", "海关统计"),
                            ("plan", "工作要点"),
                            ("estimate", "厅内测算"),
                            ("register", "项目库"),
                        ],
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="版次")),
                (
                    "value",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="空的是撤回了的数，现在没有数",
                        max_digits=20,
                        null=True,
                        verbose_name="数值",
                    ),
                ),
                ("known_at", models.DateTimeField(verbose_name="生效时间")),
                ("reason", models.TextField(blank=True, verbose_name="更正原因")),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="地区",
                    ),
                ),
            ],
            options={
                "verbose_name": "观察值",
                "indexes": [models.Index(fields=["month", "indicator"], name="observation_by_month")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("indicator", "region", "month", "source", "version"), name="observation_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="observation_month_is_first_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)), name="observation_version_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["return", "customs", "plan", "estimate", "register"])),
                        name="observation_source_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version", 1), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="observation_correction_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gt", 1), ("value__isnull", False), _connector="OR"),
                        name="observation_begins_with_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("decided_at", models.DateTimeField(verbose_name="决定时间")),
                ("reason", models.TextField(verbose_name="理由")),
                ("indicator", models.CharField(max_length=60, verbose_name="指标")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("return", "市州月报"),
                            ("customs", "海关统计"),
                            ("plan", "工作要点"),
                            ("estimate", "厅内测算"),
                            ("register", "项目库"),
                        ],
                        max_length=10,
                        verbose_name="公布来源",
                    ),
                ),
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
                "verbose_name": "公布口径",
                "ordering": ["-decided_at"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("indicator", "year", "decided_at"), name="sourcedecision_once"),
                    models.CheckConstraint(
                        condition=models.Q(("year__range", (2000, 2099))), name="sourcedecision_year_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["return", "customs", "plan", "estimate", "register"])),
                        name="sourcedecision_source_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="sourcedecision_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="YearRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("decided_at", models.DateTimeField(verbose_name="决定时间")),
                ("reason", models.TextField(verbose_name="理由")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "cny_per_usd",
                    models.DecimalField(decimal_places=4, max_digits=8, verbose_name="1 美元折合人民币（元）"),
                ),
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
                "verbose_name": "年度汇率",
                "ordering": ["-decided_at"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("year", "decided_at"), name="yearrate_once"),
                    models.CheckConstraint(
                        condition=models.Q(("year__range", (2000, 2099))), name="yearrate_year_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cny_per_usd__gt", Decimal("0"))), name="yearrate_above_zero"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="yearrate_has_reason"
                    ),
                ],
            },
        ),
    ]
