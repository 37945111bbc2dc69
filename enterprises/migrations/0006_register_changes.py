"""The version of the register, by which a process knows that what it worked out of it still holds."""

from django.db import migrations

from hunan_trade.indicators.changes import marked


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0005_changes")]
    operations = [marked("enterprises_enterprise", marks="enterprises_register_change")]
