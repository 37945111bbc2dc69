"""An issued report has a number: the check used to be null for one without, and what is null passes."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_issued_stays")]
    operations = [
        migrations.RemoveConstraint("report", "report_issued_whole"),
        migrations.AddConstraint(
            "report",
            models.CheckConstraint(
                name="report_issued_whole",
                condition=Q(status="issued", number__isnull=False, issued_by__isnull=False, issued_at__isnull=False)
                & Q(number__gte=1)
                | Q(status__in=["draft", "reviewing", "reviewed"], number=None, issued_by=None, issued_at=None),
            ),
        ),
    ]
