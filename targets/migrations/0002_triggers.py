"""The version of the plan, its tasks and its rosters (ADR 11); the names on rosters keep their history (ADR 19)."""

from django.db import migrations

from hunan_trade.lists.history.history_trigger_migration_operation import track_history
from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("targets", "0001_initial"), ("lists", "0002_triggers")]
    operations = [
        track_versions(
            "targets_workplan",
            "targets_itemidentity",
            "targets_planitem",
            "targets_planitem_regions",
            "targets_taskstate",
            "targets_roster",
            "targets_rosterentry",
            "targets_target",
            version_table="targets_change",
        ),
        track_history("RosterEntry"),
    ]
