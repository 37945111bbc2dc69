"""A token's secret is fetched by the person it acts for; those that exist have been handed out already."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_codes_in_halves")]
    operations = [
        migrations.AlterField(
            "token", "digest", models.CharField(max_length=64, null=True, unique=True, verbose_name="摘要")
        ),
        migrations.AlterField(
            "token",
            "created_at",
            models.DateTimeField(db_default=models.functions.Now(), verbose_name="批准时间"),
        ),
        migrations.AddField(
            "token",
            "granted_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.user",
                verbose_name="批准人",
            ),
        ),
        migrations.AddField("token", "fetched_at", models.DateTimeField(null=True, verbose_name="领取时间")),
        migrations.RunSQL("UPDATE accounts_token SET fetched_at = created_at", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("digest", None), ("fetched_at", None)),
                    models.Q(("digest__isnull", False), ("fetched_at__isnull", False)),
                    _connector="OR",
                ),
                name="token_fetched_whole",
            ),
        ),
    ]
