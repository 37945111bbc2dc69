import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Industry",
            fields=[
                ("code", models.CharField(max_length=4, primary_key=True, serialize=False, verbose_name="代码")),
                (
                    "level",
                    models.CharField(
                        choices=[("section", "门类"), ("division", "大类"), ("group", "中类")],
                        max_length=8,
                        verbose_name="层级",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="industries.industry",
                        verbose_name="上级",
                    ),
                ),
            ],
            options={
                "verbose_name": "行业",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code__regex", "^[A-T]$"), ("level", "section")),
                            models.Q(("code__regex", "^[0-9]{2}$"), ("level", "division")),
                            models.Q(("code__regex", "^[0-9]{3}$"), ("level", "group")),
                            _connector="OR",
                        ),
                        name="industry_code_by_level",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("level", "section"), ("parent", None)),
                            models.Q(("level", "division"), ("parent__gte", "A"), ("parent__isnull", False)),
                            models.Q(
                                ("level", "group"),
                                ("parent", django.db.models.functions.text.Left(models.F("code"), 2)),
                                ("parent__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="industry_parent_by_level",
                    ),
                    models.UniqueConstraint(fields=("parent", "name"), name="industry_name_once_below_parent"),
                ],
            },
        ),
    ]
