"""Decided rounds stay, a row keeps what it held before it is written over or removed (ADR 13), and returns have a feed.

No return is deleted, and each stays its city's (ADR 21). Decided thresholds stay.
"""

from django.db import migrations

from hunan_trade.audit.append_only import append_only, freeze_rows_where
from hunan_trade.lists.feed.feed_trigger_migration_operation import follow_changes
from hunan_trade.table_versions import track_versions

# Set-wise, so that 100,000 rows cost one statement. EXECUTE has it planned for the number of rows at hand: a plan that
# was kept from one row joined 100,000 of them row by row.
FORWARD = """
CREATE FUNCTION intake_row_keep_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    into_history text := 'INSERT INTO intake_replacedrow
        (monthly_return_id, dataset, key, texts, version, since, until, edited_by_id, edited_at)
        SELECT was.monthly_return_id, was.dataset, was.key, was.texts, was.version, was.since, ';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        EXECUTE into_history || 'written.since, was.edited_by_id, was.edited_at
            FROM replaced was JOIN written USING (id) WHERE was.texts IS DISTINCT FROM written.texts';
    ELSE
        EXECUTE into_history || 'intake_monthlyreturn.version + 1, was.edited_by_id, was.edited_at
            FROM replaced was JOIN intake_monthlyreturn ON intake_monthlyreturn.id = was.monthly_return_id';
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
    dependencies = [("intake", "0001_initial"), ("lists", "0002_triggers")]
    operations = [
        freeze_rows_where("intake_round", "OLD.decision <> ''"),
        append_only("intake_remark"),
        append_only("intake_posting"),
        # Room on each page for updates in place.
        migrations.RunSQL("ALTER TABLE intake_row SET (fillfactor = 50)", "ALTER TABLE intake_row RESET (fillfactor)"),
        migrations.RunSQL(FORWARD, BACKWARD),
        append_only("intake_replacedrow"),
        follow_changes("intake_monthlyreturn", owner="region_id"),
        append_only("intake_threshold"),
        track_versions("intake_threshold", version_table="intake_threshold_change"),
    ]
