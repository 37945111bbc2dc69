"""The log keeps every row: the owner of the table is refused as well, and there is no switch to turn this off."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_event_keeps_every_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_event is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_event_rows_stay BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_keeps_every_row();
CREATE TRIGGER audit_event_table_stays BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_keeps_every_row();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_rows_stay;
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_table_stays;
"""
BACKWARD = """
DROP TRIGGER audit_event_rows_stay ON audit_event;
DROP TRIGGER audit_event_table_stays ON audit_event;
DROP FUNCTION audit_event_keeps_every_row();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
