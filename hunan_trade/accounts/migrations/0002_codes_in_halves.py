"""Codes in two halves from two keepers (ADR 14). A code in one piece that still waits is worth nothing any more."""

import django.db.models.deletion
from django.db import migrations, models

BY = {"null": True, "on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": "accounts.user"}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "UPDATE accounts_passwordlink SET used_at = now() WHERE used_at IS NULL", migrations.RunSQL.noop
        ),
        migrations.AddField(
            "passwordlink", "second_digest", models.CharField(blank=True, default="", max_length=64), False
        ),
        migrations.AddField(
            "passwordlink",
            "reason",
            models.CharField(blank=True, default="", max_length=520, verbose_name="事由"),
            False,
        ),
        migrations.AddField("passwordlink", "asked_by", models.ForeignKey(**BY)),
        migrations.AddField("passwordlink", "released_at", models.DateTimeField(null=True)),
        migrations.AddField("passwordlink", "released_by", models.ForeignKey(**BY)),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_at", None), ("user__isnull", False)),
                fields=("user",),
                name="password_link_one_an_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_at", None), ("user", None)),
                fields=("role",),
                name="password_link_one_a_first_keeper",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("released_by", None), ("second_digest", "")),
                    models.Q(models.Q(("second_digest", ""), _negated=True), ("released_at__isnull", False)),
                    _connector="OR",
                ),
                name="password_link_released_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("released_by", None),
                    models.Q(
                        models.Q(("released_by", models.F("asked_by")), _negated=True),
                        models.Q(("released_by", models.F("user")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="password_link_released_by_another",
            ),
        ),
    ]
