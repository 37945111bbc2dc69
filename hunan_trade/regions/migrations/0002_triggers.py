"""The version of the regions, whose names figures are shown with."""

from django.db import migrations

from hunan_trade.versions import marked


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]
    operations = [marked("regions_region", marks="regions_change")]
