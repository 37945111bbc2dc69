"""The register of parks keeps its history (ADR 19)."""

from django.db import migrations

from hunan_trade.lists.history.history_trigger_migration_operation import track_history


class Migration(migrations.Migration):
    dependencies = [("parks", "0001_initial"), ("lists", "0002_triggers")]
    operations = [track_history("Park")]
