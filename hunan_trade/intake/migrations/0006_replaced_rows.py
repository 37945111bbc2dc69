"""What a row of a return held before it was written over or removed is kept, by trigger: nobody can forget it (ADR 13)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hunan_trade.audit.append_only import append_only

# Set-wise, so that 100,000 rows cost one statement. EXECUTE has it planned for the number of rows at hand: a plan that
# was kept from one row joined 100,000 of them row by row.
FORWARD = """
UPDATE intake_row SET since = intake_return.version FROM intake_return WHERE intake_return.id = intake_row.return_id;

CREATE FUNCTION intake_row_keep_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    into_history text := 'INSERT INTO intake_replacedrow
        (return_id, dataset, key, texts, version, since, until, edited_by_id, edited_at)
        SELECT was.return_id, was.dataset, was.key, was.texts, was.version, was.since, ';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE into_history || 'written.since, was.edited_by_id, was.edited_at
            FROM replaced was JOIN written USING (id) WHERE was.texts IS DISTINCT FROM written.texts';
    ELSE
        EXECUTE into_history || 'intake_return.version + 1, was.edited_by_id, was.edited_at
            FROM replaced was JOIN intake_return ON intake_return.id = was.return_id';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER intake_row_keeps_replaced AFTER UPDATE ON intake_row
    REFERENCING OLD TABLE AS replaced NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION intake_row_keep_replaced();
CREATE TRIGGER intake_row_keeps_removed AFTER DELETE ON intake_row
    REFERENCING OLD TABLE AS replaced
    FOR EACH STATEMENT EXECUTE FUNCTION intake_row_keep_replaced();
ALTER TABLE intake_row ENABLE ALWAYS TRIGGER intake_row_keeps_replaced;
ALTER TABLE intake_row ENABLE ALWAYS TRIGGER intake_row_keeps_removed;
"""
BACKWARD = """
DROP TRIGGER intake_row_keeps_replaced ON intake_row;
DROP TRIGGER intake_row_keeps_removed ON intake_row;
DROP FUNCTION intake_row_keep_replaced();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0005_upload_drawn_ids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("row", "since", models.PositiveIntegerField(default=1, db_default=1)),
        migrations.CreateModel(
            "ReplacedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dataset", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=80)),
                ("texts", models.JSONField()),
                ("version", models.PositiveIntegerField()),
                ("since", models.PositiveIntegerField()),
                ("until", models.PositiveIntegerField()),
                ("edited_at", models.DateTimeField()),
                (
                    "edited_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "return_ref",
                    models.ForeignKey(
                        db_column="return_id",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.return",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报行历史版本",
                "indexes": [models.Index(fields=["return_ref", "until"], name="replaced_row_by_version")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("since__lte", models.F("until"))), name="replaced_row_stood_before"
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        append_only("intake_replacedrow"),
    ]
