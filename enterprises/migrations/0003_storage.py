"""How the facts lie on disk: room on each page for updates in place, and history that stays."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0002_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE enterprises_processingtrade SET (fillfactor = 50)",
            "ALTER TABLE enterprises_processingtrade RESET (fillfactor)",
        ),
        append_only("enterprises_replacedtrade"),
    ]
