import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False, verbose_name="序号")),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="记录时间"),
                ),
                ("business_on", models.DateField(verbose_name="业务日期")),
                ("verb", models.CharField(max_length=60, verbose_name="事件")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="账号编号")),
                ("actor_name", models.CharField(max_length=150, verbose_name="经手")),
                ("actor_role", models.CharField(blank=True, max_length=40, verbose_name="角色")),
                ("actor_region", models.CharField(blank=True, max_length=6, verbose_name="所属地区")),
                ("credential", models.CharField(blank=True, max_length=16, verbose_name="凭据摘要")),
                ("ip", models.GenericIPAddressField(null=True, verbose_name="地址")),
                ("method", models.CharField(blank=True, max_length=10, verbose_name="方式")),
                ("request_id", models.CharField(blank=True, max_length=36, verbose_name="请求编号")),
                ("object_type", models.CharField(blank=True, max_length=60, verbose_name="对象")),
                ("object_id", models.CharField(blank=True, max_length=60, verbose_name="对象编号")),
                ("object_label", models.CharField(blank=True, max_length=200, verbose_name="对象名称")),
                ("region", models.CharField(blank=True, max_length=6, verbose_name="涉及地区")),
                ("before", models.JSONField(null=True, verbose_name="之前")),
                ("after", models.JSONField(null=True, verbose_name="之后")),
                (
                    "result",
                    models.CharField(
                        choices=[("ok", "成功"), ("refused", "被拒"), ("failed", "失败")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="原因")),
            ],
            options={
                "verbose_name": "审计记录",
                "indexes": [
                    models.Index(fields=["object_type", "object_id"], name="audit_object"),
                    models.Index(fields=["actor_id", "-seq"], name="audit_actor"),
                    models.Index(fields=["verb", "-seq"], name="audit_verb"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verb__regex", "^[a-z_]+\\.[a-z_]+$")), name="audit_verb_is_noun_verb"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("result__in", ["ok", "refused", "failed"])), name="audit_result_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="链内序号")),
                ("form", models.SmallIntegerField(verbose_name="格式")),
                ("prev_hash", models.CharField(max_length=64, verbose_name="上一条摘要")),
                ("hash", models.CharField(max_length=64, verbose_name="摘要")),
                (
                    "event",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="link",
                        to="audit.event",
                        verbose_name="记录",
                    ),
                ),
            ],
            options={
                "verbose_name": "审计链",
                "constraints": [
                    models.UniqueConstraint(fields=("prev_hash",), name="audit_chain_does_not_fork"),
                    models.UniqueConstraint(fields=("hash",), name="audit_hash_once"),
                    models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="audit_chain_starts_at_one"),
                ],
            },
        ),
    ]
