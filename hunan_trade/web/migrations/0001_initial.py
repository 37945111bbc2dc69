import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, verbose_name="请求编号")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="请求摘要")),
                ("status", models.PositiveSmallIntegerField(verbose_name="状态")),
                ("headers", models.JSONField(default=dict, verbose_name="应答头")),
                ("body", models.BinaryField(verbose_name="应答内容")),
                ("notes", models.JSONField(default=list, verbose_name="提示")),
                (
                    "kept_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="保存时间"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "已答请求",
                "indexes": [models.Index(fields=["kept_at"], name="answer_kept_at")],
                "constraints": [models.UniqueConstraint(fields=("account", "key"), name="answer_kept_once")],
            },
        ),
    ]
