import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import enterprises.models
import hunan_trade.lists.models
import hunan_trade.lists.search.text_search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intake", "0002_triggers"),
        ("lists", "0002_triggers"),
        ("regions", "0002_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Enterprise",
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
                (
                    "customs_code",
                    enterprises.models.CustomsCodeField(
                        help_text="十位，报关单上的收发货人编码，前四位为所在市州。",
                        max_length=10,
                        unique=True,
                        verbose_name="海关编码",
                    ),
                ),
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
                ("registered_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                (
                    "closed_on",
                    models.DateField(
                        blank=True, help_text="这一天及以后开始的月份不再列入月报。", null=True, verbose_name="停报日期"
                    ),
                ),
                ("search_text", hunan_trade.lists.search.text_search.SearchTextField("name", "customs_code")),
                ("name_order", hunan_trade.lists.search.text_search.NameOrderField("name")),
                (
                    "county",
                    models.ForeignKey(
                        blank=True,
                        limit_choices_to={"level__in": ["county", "functional"]},
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
                        limit_choices_to={"level": "city"},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="市州",
                    ),
                ),
            ],
            options={
                "verbose_name": "企业",
                "ordering": ["customs_code"],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseHistory",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                ("changed_xid", hunan_trade.lists.models.TransactionField(editable=False, verbose_name="变更序号")),
                (
                    "customs_code",
                    enterprises.models.CustomsCodeField(
                        help_text="十位，报关单上的收发货人编码，前四位为所在市州。",
                        max_length=10,
                        verbose_name="海关编码",
                    ),
                ),
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
                ("registered_at", models.DateTimeField(editable=False, verbose_name="登记时间")),
                (
                    "closed_on",
                    models.DateField(
                        blank=True, help_text="这一天及以后开始的月份不再列入月报。", null=True, verbose_name="停报日期"
                    ),
                ),
                ("search_text", hunan_trade.lists.search.text_search.SearchTextCopy("name", "customs_code")),
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
                    "county",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="regions.region",
                        verbose_name="县市区",
                    ),
                ),
                (
                    "region",
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
                "verbose_name": "企业历次内容",
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
                condition=models.Q(("name", ""), _negated=True),
                name="enterprise_has_name",
                violation_error_message="企业要有名称。",
            ),
        ),
        migrations.AddConstraint(
            model_name="enterprise",
            constraint=models.CheckConstraint(
                condition=models.Q(("modes__len__gte", 1)),
                name="enterprise_has_mode",
                violation_error_message="至少选一种贸易方式。",
            ),
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
