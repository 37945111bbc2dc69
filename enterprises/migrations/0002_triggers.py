"""How facts lie on disk, and what is kept of changes: replaced facts, history (ADR 19), table versions (ADR 11)."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only
from hunan_trade.lists.history.history_trigger_migration_operation import track_history
from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0001_initial"), ("lists", "0002_triggers")]
    operations = [
        # Room on each page for updates in place.
        migrations.RunSQL(
            "ALTER TABLE enterprises_processingtrade SET (fillfactor = 50)",
            "ALTER TABLE enterprises_processingtrade RESET (fillfactor)",
        ),
        append_only("enterprises_replacedtrade"),
        track_history("Enterprise"),
        track_versions("enterprises_processingtrade", version_table="enterprises_change"),
        track_versions("enterprises_enterprise", version_table="enterprises_register_change"),
    ]
