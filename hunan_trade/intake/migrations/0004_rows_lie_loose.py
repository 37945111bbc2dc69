"""How the raw rows lie on disk: one index beside the key, and room on each page for updates in place."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0003_return_nil_reason"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField(
            "row",
            "return_ref",
            models.ForeignKey(
                db_column="return_id",
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="intake.return",
            ),
        ),
        migrations.AlterField(
            "row",
            "edited_by",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE intake_row SET (fillfactor = 50)",
            "ALTER TABLE intake_row RESET (fillfactor)",
        ),
    ]
