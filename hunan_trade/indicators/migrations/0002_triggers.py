"""Observations are never changed, only corrected by a next version; and the table says its version (ADR 11)."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only
from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_initial")]
    operations = [
        append_only("indicators_observation"),
        track_versions("indicators_observation", version_table="indicators_change"),
    ]
