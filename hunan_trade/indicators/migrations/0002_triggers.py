"""Observations and decisions are never changed, only followed by the next; their tables say a version (ADR 11)."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only
from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_initial")]
    operations = [
        append_only("indicators_observation"),
        append_only("indicators_sourcedecision"),
        append_only("indicators_yearrate"),
        track_versions(
            "indicators_observation",
            "indicators_sourcedecision",
            "indicators_yearrate",
            version_table="indicators_change",
        ),
    ]
