"""An issued report, and what was written beside it, stay as they are; no report is ever deleted (ADR 21)."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only, freeze_rows_where
from hunan_trade.lists.feed.feed_trigger_migration_operation import follow_changes


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial"), ("lists", "0002_triggers")]
    operations = [
        freeze_rows_where("reporting_report", "OLD.status = 'issued'"),
        append_only("reporting_source"),
        append_only("reporting_reportfile"),
        append_only("reporting_voiding"),
        follow_changes("reporting_report"),
        follow_changes("reporting_voiding", key="report_id"),
    ]
