"""A decided round, its remarks and its postings stay as they are."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only, frozen_once


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]
    operations = [
        frozen_once("intake_round", "OLD.decision <> ''"),
        append_only("intake_remark"),
        append_only("intake_posting"),
    ]
