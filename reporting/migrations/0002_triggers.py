"""An issued report, and what was written beside it, stay as they are."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only, frozen_once


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial")]
    operations = [
        frozen_once("reporting_report", "OLD.status = 'issued'"),
        append_only("reporting_source"),
        append_only("reporting_reportfile"),
        append_only("reporting_voiding"),
    ]
