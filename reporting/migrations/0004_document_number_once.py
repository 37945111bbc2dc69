"""No two reports bear one 发文字号; those without one bear none."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reporting", "0003_issued_has_a_number")]
    operations = [
        migrations.AddConstraint(
            "report",
            models.UniqueConstraint(
                fields=["document_number"], condition=~Q(document_number=""), name="report_document_number_once"
            ),
        ),
    ]
