import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="SHA-256")),
                ("size", models.PositiveBigIntegerField(verbose_name="字节数")),
                ("content_type", models.CharField(max_length=100, verbose_name="类型")),
                (
                    "stored_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="存入时间"),
                ),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[("damaged", "已损坏"), ("missing", "不见了")],
                        max_length=7,
                        verbose_name="查出的问题",
                    ),
                ),
                ("looked_at", models.DateTimeField(null=True, verbose_name="核对时间")),
            ],
            options={
                "verbose_name": "文件",
                "indexes": [
                    models.Index(
                        condition=models.Q(("fault", ""), _negated=True), fields=["fault"], name="file_unreadable"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="file_named_by_hash"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fault__in", ["", "damaged", "missing"])), name="file_fault_known"
                    ),
                ],
            },
        ),
    ]
