"""An observation is a version: corrected by the next one, never changed."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_initial")]
    operations = [append_only("indicators_observation")]
