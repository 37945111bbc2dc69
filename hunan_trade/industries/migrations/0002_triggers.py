"""The version of the industries, whose names lists show."""

from django.db import migrations

from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("industries", "0001_initial")]
    operations = [track_versions("industries_industry", version_table="industries_change")]
