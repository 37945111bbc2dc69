"""An upload says which download its workbook goes back to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0007_workbook_readings")]
    operations = [migrations.AddField("upload", "download", models.CharField(blank=True, max_length=60))]
