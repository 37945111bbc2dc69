"""Projects, their steps, increases, terminations, contacts, pairs and batches keep their history (ADR 19); codes and decisions stay.

Steps, increases, terminations, contacts and memberships of batches are in the city of their project; a pair of projects is in
the city of both, or in none. A pair that says that two projects are one is not deleted with either of them.
"""

from django.db import migrations

from hunan_trade.audit.append_only import append_only
from hunan_trade.lists.history.history_trigger_migration_operation import track_history
from hunan_trade.table_versions import track_versions

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
STEPS_FOLLOW = """
CREATE FUNCTION projects_steps_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE projects_stageentry SET city_id = NEW.city_id WHERE project_id = NEW.id;
    UPDATE projects_capitalincrease SET city_id = NEW.city_id WHERE project_id = NEW.id;
    UPDATE projects_termination SET city_id = NEW.city_id WHERE project_id = NEW.id;
    UPDATE projects_batchmembership SET city_id = NEW.city_id WHERE project_id = NEW.id;
    UPDATE projects_projectcontact SET city_id = NEW.city_id WHERE project_id = NEW.id;
    UPDATE projects_projectpair pair SET city_id = CASE WHEN one.city_id = other.city_id THEN one.city_id END
    FROM projects_project one, projects_project other
    WHERE one.id = pair.first_id AND other.id = pair.second_id AND NEW.id IN (pair.first_id, pair.second_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER project_steps_follow AFTER UPDATE ON projects_project
    FOR EACH ROW WHEN (OLD.city_id IS DISTINCT FROM NEW.city_id) EXECUTE FUNCTION projects_steps_follow();
ALTER TABLE projects_project ENABLE ALWAYS TRIGGER project_steps_follow;
"""
STEPS_STAY = "DROP FUNCTION projects_steps_follow() CASCADE"
PAIRS_STAY = """
CREATE FUNCTION projects_linked_pairs_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'projects that were confirmed to be one stay' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER linked_pairs_stay BEFORE DELETE ON projects_projectpair
    FOR EACH ROW WHEN (OLD.state IN ('same', 'first_merged', 'second_merged')) EXECUTE FUNCTION projects_linked_pairs_stay();
ALTER TABLE projects_projectpair ENABLE ALWAYS TRIGGER linked_pairs_stay;
"""
PAIRS_MAY_GO = "DROP FUNCTION projects_linked_pairs_stay() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial"), ("lists", "0002_triggers")]
    operations = [
        track_history("Project"),
        track_history("StageEntry"),
        track_history("CapitalIncrease"),
        track_history("Termination"),
        track_history("ProjectContact"),
        track_history("Batch"),
        track_history("BatchMembership"),
        track_history("FortuneGroup"),
        track_history("ProjectPair"),
        append_only("projects_countingdecision"),
        append_only("projects_yearclosing"),
        append_only("projects_batchthreshold"),
        track_versions(
            "projects_project", "projects_stageentry", "projects_projectmonth", version_table="projects_change"
        ),
        track_versions("projects_projectfollower", version_table="projects_followers_change"),
        migrations.RunSQL(CODE_STAYS, CODE_MAY_CHANGE),
        migrations.RunSQL(STEPS_FOLLOW, STEPS_STAY),
        migrations.RunSQL(PAIRS_STAY, PAIRS_MAY_GO),
    ]
