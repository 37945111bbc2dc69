"""The version of the observations, by which a list tells that it is unchanged (ADR 11)."""

from django.db import migrations

from hunan_trade.indicators.changes import marked


class Migration(migrations.Migration):
    dependencies = [("indicators", "0002_append_only")]
    operations = [marked("indicators_observation", marks="indicators_change")]
