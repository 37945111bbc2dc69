import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from hunan_trade.lists.search_sql import create_search_functions


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        TrigramExtension(),
        create_search_functions(),
        migrations.CreateModel(
            name="Act",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("loaded", "载入"),
                            ("created", "登记"),
                            ("edited", "修改"),
                            ("deleted", "删除"),
                            ("bulk", "批量修改"),
                            ("imported", "导入"),
                            ("moved", "办理"),
                            ("taken_back", "撤回"),
                            ("undone", "整批撤销"),
                        ],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("by_name", models.CharField(max_length=150, verbose_name="经手")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("reason", models.TextField(blank=True, verbose_name="原因")),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="来由")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="经手人",
                    ),
                ),
            ],
            options={
                "verbose_name": "办理",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["reference"],
                        name="act_by_reference",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "loaded",
                                    "created",
                                    "edited",
                                    "deleted",
                                    "bulk",
                                    "imported",
                                    "moved",
                                    "taken_back",
                                    "undone",
                                ],
                            )
                        ),
                        name="act_kind_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("by_name", ""), _negated=True), name="act_says_who"),
                ],
            },
        ),
    ]
