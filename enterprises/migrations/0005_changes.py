"""The version of the facts, by which a process knows that what it worked out of them still holds."""

from django.db import migrations

from hunan_trade.indicators.changes import marked


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0004_facts_updated_in_place")]
    operations = [marked("enterprises_processingtrade", marks="enterprises_change")]
