import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Park",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("approved", models.CharField(blank=True, max_length=10, verbose_name="批准时间")),
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
                (
                    "city",
                    models.ForeignKey(
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
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="park_named"),
                ],
            },
        ),
    ]
