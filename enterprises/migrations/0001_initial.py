import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import hunan_trade.lists.search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("intake", "0001_initial"),
        ("lists", "0001_initial"),
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Enterprise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customs_code", models.CharField(max_length=10, unique=True, verbose_name="海关编码")),
                ("name", models.CharField(max_length=120, verbose_name="企业名称")),
                (
                    "modes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("进料加工", "进料加工"), ("来料加工", "来料加工")], max_length=4
                        ),
                        size=None,
                        verbose_name="贸易方式",
                    ),
                ),
                ("registered_at", models.DateTimeField(verbose_name="登记时间")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="停报日期")),
                ("search_text", hunan_trade.lists.search.SearchTextField("name", "customs_code")),
                ("name_order", hunan_trade.lists.search.NameOrderField("name")),
                (
                    "county",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="县市区",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="市州",
                    ),
                ),
                (
                    "registered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="登记",
                    ),
                ),
            ],
            options={
                "verbose_name": "企业",
                "ordering": ["customs_code"],
            },
        ),
        migrations.CreateModel(
            name="ProcessingTrade",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id", "month", "mode", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(verbose_name="月份")),
                (
                    "mode",
                    models.CharField(
                        choices=[("进料加工", "进料加工"), ("来料加工", "来料加工")],
                        max_length=4,
                        verbose_name="贸易方式",
                    ),
                ),
                ("export_usd", models.DecimalField(decimal_places=2, max_digits=17, verbose_name="出口")),
                ("import_usd", models.DecimalField(decimal_places=2, max_digits=17, verbose_name="进口")),
                ("row_number", models.PositiveIntegerField(verbose_name="表内行号")),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.round",
                        verbose_name="轮次",
                    ),
                ),
            ],
            options={
                "verbose_name": "加工贸易月度数",
            },
        ),
        migrations.CreateModel(
            name="ReplacedTrade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("mode", models.CharField(choices=[("进料加工", "进料加工"), ("来料加工", "来料加工")], max_length=4)),
                ("export_usd", models.DecimalField(decimal_places=2, max_digits=17)),
                ("import_usd", models.DecimalField(decimal_places=2, max_digits=17)),
                ("row_number", models.PositiveIntegerField()),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enterprises.enterprise"
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.round"),
                ),
                (
                    "round",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="intake.round"),
                ),
            ],
            options={
                "verbose_name": "加工贸易历史版本",
            },
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_text"], name="enterprise_search", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["region", "customs_code"], name="enterprise_by_city"),
        ),
        migrations.AddConstraint(
            model_name="enterprise",
            constraint=models.CheckConstraint(
                condition=models.Q(("customs_code__regex", "^[0-9A-Z]{10}$")), name="enterprise_customs_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="enterprise",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="enterprise_has_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="enterprise",
            constraint=models.CheckConstraint(condition=models.Q(("modes__len__gte", 1)), name="enterprise_has_mode"),
        ),
        migrations.AddIndex(
            model_name="processingtrade",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["month"], name="trade_month_brin"
            ),
        ),
        migrations.AddConstraint(
            model_name="processingtrade",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="trade_month_is_first_day"),
        ),
        migrations.AddConstraint(
            model_name="processingtrade",
            constraint=models.CheckConstraint(
                condition=models.Q(("export_usd__gte", 0), ("import_usd__gte", 0)), name="trade_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="processingtrade",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["进料加工", "来料加工"])), name="trade_mode_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="replacedtrade",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "month", "mode", "round"), name="replaced_once_a_round"
            ),
        ),
        migrations.AddConstraint(
            model_name="replacedtrade",
            constraint=models.CheckConstraint(
                condition=models.Q(("round", models.F("replaced_by")), _negated=True), name="replaced_by_another_round"
            ),
        ),
    ]
