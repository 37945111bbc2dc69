import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import hunan_trade.lists.models
import hunan_trade.lists.search.text_search


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("lists", "0002_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Event",
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
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="年度",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("matchmaking", "对接活动"), ("fair", "展会"), ("meeting", "会议")],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                (
                    "item_number",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="工作要点里的条目号；要点没有写到的留空",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="工作要点条目",
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="开始")),
                ("ends_on", models.DateField(blank=True, help_text="只办一天的留空", null=True, verbose_name="结束")),
                (
                    "whole_month",
                    models.BooleanField(default=False, help_text="只知道在哪个月，还没有定到日", verbose_name="只到月"),
                ),
                ("place", models.CharField(blank=True, max_length=40, verbose_name="地点")),
                ("target_region", models.CharField(blank=True, max_length=40, verbose_name="对接区域")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="说明")),
                ("search_text", hunan_trade.lists.search.text_search.SearchTextField("name", "place", "target_region")),
                ("name_order", hunan_trade.lists.search.text_search.NameOrderField("name")),
            ],
            options={
                "verbose_name": "活动会议",
                "ordering": ["year", "item_number", "pk"],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["search_text"], name="event_search", opclasses=["gin_trgm_ops"]
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "name"), name="event_name_once_a_year"),
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 2000), ("year__lte", 2100)), name="event_year_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["matchmaking", "fair", "meeting"])), name="event_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_on", None), ("starts_on", None), ("whole_month", False)),
                            models.Q(
                                ("starts_on__isnull", False),
                                models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="event_dates_in_order",
                        violation_error_message="结束日期不能早于开始；没有开始日期的，结束日期和“只到月”也不填。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("item_number", None), ("item_number__gte", 1), _connector="OR"),
                        name="event_item_from_1",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="event_named",
                        violation_error_message="活动要有名称。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventHistory",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                ("changed_xid", hunan_trade.lists.models.TransactionField(editable=False, verbose_name="变更序号")),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(2000),
                            django.core.validators.MaxValueValidator(2100),
                        ],
                        verbose_name="年度",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("matchmaking", "对接活动"), ("fair", "展会"), ("meeting", "会议")],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                (
                    "item_number",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="工作要点里的条目号；要点没有写到的留空",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="工作要点条目",
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="开始")),
                ("ends_on", models.DateField(blank=True, help_text="只办一天的留空", null=True, verbose_name="结束")),
                (
                    "whole_month",
                    models.BooleanField(default=False, help_text="只知道在哪个月，还没有定到日", verbose_name="只到月"),
                ),
                ("place", models.CharField(blank=True, max_length=40, verbose_name="地点")),
                ("target_region", models.CharField(blank=True, max_length=40, verbose_name="对接区域")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="说明")),
                ("search_text", hunan_trade.lists.search.text_search.SearchTextCopy("name", "place", "target_region")),
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
            ],
            options={
                "verbose_name": "活动会议历次内容",
            },
        ),
    ]
