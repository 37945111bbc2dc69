"""Acts and attachments stay; functions by which registers keep their history, and feeds their order (ADR 19, 21)."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only
from hunan_trade.lists.feed import feed_trigger_migration_operation
from hunan_trade.lists.history import history_trigger_migration_operation

# An attachment is removed once; nothing else of it ever changes.
_ATTACHMENTS_STAY = """
CREATE FUNCTION lists_attachment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was lists_attachment;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := NEW;
        was.removed_id := NULL;
        IF was IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'lists_attachment: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER lists_attachment_removed_once BEFORE UPDATE OR DELETE ON lists_attachment
    FOR EACH ROW EXECUTE FUNCTION lists_attachment_stays();
CREATE TRIGGER lists_attachment_never_emptied BEFORE TRUNCATE ON lists_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION lists_attachment_stays();
ALTER TABLE lists_attachment ENABLE ALWAYS TRIGGER lists_attachment_removed_once;
ALTER TABLE lists_attachment ENABLE ALWAYS TRIGGER lists_attachment_never_emptied;
"""
_ATTACHMENTS_CHANGE = """
DROP TRIGGER lists_attachment_never_emptied ON lists_attachment;
DROP TRIGGER lists_attachment_removed_once ON lists_attachment;
DROP FUNCTION lists_attachment_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("lists", "0001_initial")]
    operations = [
        append_only("lists_act"),
        migrations.RunSQL(_ATTACHMENTS_STAY, _ATTACHMENTS_CHANGE),
        migrations.RunSQL(
            history_trigger_migration_operation.FUNCTIONS, history_trigger_migration_operation.DROP_FUNCTIONS
        ),
        migrations.RunSQL(feed_trigger_migration_operation.FUNCTIONS, feed_trigger_migration_operation.DROP_FUNCTIONS),
    ]
