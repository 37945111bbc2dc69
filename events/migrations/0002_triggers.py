"""The register of events keeps its history (ADR 19)."""

from django.db import migrations

from hunan_trade.lists.history.history_trigger_migration_operation import track_history


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial"), ("lists", "0002_triggers")]
    operations = [track_history("Event")]
