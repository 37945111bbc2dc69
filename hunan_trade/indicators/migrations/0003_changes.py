"""A mark for each statement that touches observations; the sum of all marks is the version of the table (ADR 11)."""

from django.db import migrations

FORWARDS = """
CREATE TABLE indicators_change (mark numeric NOT NULL);
INSERT INTO indicators_change VALUES (1 + floor(random() * 1e15));
CREATE FUNCTION indicators_observation_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO indicators_change VALUES (1 + floor(random() * 1e15));
    RETURN NULL;
END
$$;
CREATE TRIGGER indicators_observation_marked AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON indicators_observation
    FOR EACH STATEMENT EXECUTE FUNCTION indicators_observation_marks();
ALTER TABLE indicators_observation ENABLE ALWAYS TRIGGER indicators_observation_marked;
"""
BACKWARDS = """
DROP TRIGGER indicators_observation_marked ON indicators_observation;
DROP FUNCTION indicators_observation_marks();
DROP TABLE indicators_change;
"""


class Migration(migrations.Migration):
    dependencies = [("indicators", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
