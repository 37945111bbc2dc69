"""The register of projects keeps its history (ADR 19), and the code of a project stays."""

from django.db import migrations

from hunan_trade.lists.history.history_tracking import track_history

CODE_STAYS = """
CREATE FUNCTION projects_code_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the code of a project stays' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER project_code_stays BEFORE UPDATE ON projects_project
    FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION projects_code_stays();
ALTER TABLE projects_project ENABLE ALWAYS TRIGGER project_code_stays;
"""
CODE_MAY_CHANGE = "DROP FUNCTION projects_code_stays() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("lists", "0002_triggers")]
    operations = [track_history("Project"), migrations.RunSQL(CODE_STAYS, CODE_MAY_CHANGE)]
