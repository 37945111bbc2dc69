"""The version of the regions, whose names figures are shown with."""

from django.db import migrations

from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]
    operations = [track_versions("regions_region", version_table="regions_change")]
