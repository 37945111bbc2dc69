"""Fewer indexes over the facts: none holds what an acceptance changes, and the key begins with the enterprise."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0003_storage"), ("intake", "0004_rows_lie_loose")]
    operations = [
        migrations.AlterField(
            "processingtrade",
            "enterprise",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enterprises.enterprise",
                verbose_name="企业",
            ),
        ),
        migrations.AlterField(
            "processingtrade",
            "round",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="intake.round",
                verbose_name="轮次",
            ),
        ),
    ]
