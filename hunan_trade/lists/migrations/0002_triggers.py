"""Acts stay, and the functions by which registers keep their history (ADR 19)."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only
from hunan_trade.lists.history_tracking import DROP_FUNCTIONS, FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("lists", "0001_initial")]
    operations = [append_only("lists_act"), migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS)]
