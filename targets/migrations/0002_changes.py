"""The version of the plan, of where its tasks stand and of its lists, by which a process keeps what it made of them."""

from django.db import migrations

from hunan_trade.indicators.changes import marked


class Migration(migrations.Migration):
    dependencies = [("targets", "0001_initial"), ("indicators", "0003_changes")]
    operations = [
        marked(
            "targets_workplan",
            "targets_planitem",
            "targets_planitem_regions",
            "targets_taskstate",
            "targets_roster",
            "targets_rosterentry",
            "targets_target",
            marks="targets_change",
        )
    ]
