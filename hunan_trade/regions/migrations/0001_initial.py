import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PlanRegion",
            fields=[
                ("code", models.SlugField(max_length=20, primary_key=True, serialize=False, verbose_name="代码")),
                ("name", models.CharField(max_length=20, unique=True, verbose_name="名称")),
                ("position", models.PositiveSmallIntegerField(verbose_name="序号")),
            ],
            options={
                "verbose_name": "工作要点的区域",
                "ordering": ["position", "code"],
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                ("code", models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="代码")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("short_name", models.CharField(max_length=20, verbose_name="简称")),
                (
                    "level",
                    models.CharField(
                        choices=[("province", "省"), ("city", "市州"), ("county", "县市区"), ("functional", "功能区")],
                        max_length=12,
                        verbose_name="层级",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="regions.region",
                        verbose_name="上级",
                    ),
                ),
            ],
            options={
                "verbose_name": "地区",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="SourcePlace",
            fields=[
                ("code", models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="代码")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("province", "省区市"),
                            ("city", "市"),
                            ("special", "港澳台"),
                            ("country", "国家和地区"),
                        ],
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=20, unique=True, verbose_name="名称")),
                ("short_name", models.CharField(max_length=20, unique=True, verbose_name="简称")),
                ("position", models.PositiveSmallIntegerField(verbose_name="序号")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="regions.sourceplace",
                        verbose_name="上级",
                    ),
                ),
                (
                    "plan_regions",
                    models.ManyToManyField(
                        related_name="places", to="regions.planregion", verbose_name="工作要点的区域"
                    ),
                ),
            ],
            options={
                "verbose_name": "来源地",
                "ordering": ["position", "code"],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("code", models.SlugField(max_length=40, primary_key=True, serialize=False, verbose_name="代码")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("division", "省厅处室"),
                            ("department", "领导小组成员单位"),
                            ("customs", "海关"),
                            ("bureau", "市州商务局"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="regions.region",
                        verbose_name="所在地区",
                    ),
                ),
            ],
            options={
                "verbose_name": "单位",
                "ordering": ["kind", "code"],
            },
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[0-9]{6}$")), name="region_code_six_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "province"), ("parent", None)),
                    models.Q(("level__in", ["city", "county", "functional"]), ("parent__isnull", False)),
                    _connector="OR",
                ),
                name="region_parent_by_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.UniqueConstraint(fields=("parent", "name"), name="region_name_once_below_parent"),
        ),
        migrations.AddConstraint(
            model_name="sourceplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__regex", "^[0-9]{2}0000$"), ("kind", "province")),
                    models.Q(("code__regex", "^[0-9]{4}00$"), ("kind", "city")),
                    models.Q(("code__in", ["710000", "810000", "820000"]), ("kind", "special")),
                    models.Q(("code__regex", "^[A-Z]{3}$"), ("kind", "country")),
                    _connector="OR",
                ),
                name="source_place_code_by_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["province", "special", "country"]), ("parent", None)),
                    models.Q(
                        ("kind", "city"),
                        (
                            "parent",
                            django.db.models.functions.text.Concat(
                                django.db.models.functions.text.Left(models.F("code"), 2), models.Value("0000")
                            ),
                        ),
                        ("parent__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="source_place_parent_by_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["division", "department", "customs", "bureau"])),
                name="unit_kind_known",
            ),
        ),
    ]
