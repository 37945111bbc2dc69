"""The version of the regions and source places, whose names figures and lists show."""

from django.db import migrations

from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]
    operations = [
        track_versions(
            "regions_region",
            "regions_planregion",
            "regions_sourceplace",
            "regions_sourceplace_plan_regions",
            version_table="regions_change",
        )
    ]
