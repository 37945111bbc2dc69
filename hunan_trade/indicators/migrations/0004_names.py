"""Figures are told by the names of regions: what a process keeps of them goes by the version of the regions, too."""

from django.db import migrations

from hunan_trade.indicators.changes import marked


class Migration(migrations.Migration):
    dependencies = [("indicators", "0003_changes"), ("regions", "0001_initial")]
    operations = [marked("regions_region", marks="regions_change")]
