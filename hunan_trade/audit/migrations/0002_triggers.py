"""The log keeps every row, and every event is sealed by the database at the end of its transaction (ADR 8)."""

from django.db import migrations

from hunan_trade.audit.append_only import append_only

# The frame is the one of hunan_trade.audit.chain, which computes it anew in Python and must agree byte for byte.
FORWARD = """
CREATE TABLE audit_unsealed (event bigint PRIMARY KEY);  -- empty wherever nothing is being committed

CREATE FUNCTION audit_framed(VARIADIC texts text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(coalesce(octet_length(t) || ':' || t, '-'), ',' ORDER BY n)
    FROM unnest(texts) WITH ORDINALITY AS listed(t, n)
$$;

CREATE FUNCTION audit_queue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_unsealed VALUES (NEW.seq);
    RETURN NULL;
END
$$;

CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    e audit_event;
    place bigint;
    before_it text;
BEGIN
    PERFORM pg_advisory_xact_lock(7310020130708);
    SELECT number + 1, hash INTO place, before_it FROM audit_link ORDER BY number DESC LIMIT 1;
    IF NOT FOUND THEN
        place := 1;
        before_it := repeat('0', 64);
    END IF;
    SELECT * INTO STRICT e FROM audit_event WHERE seq = NEW.event;
    INSERT INTO audit_link (number, form, event_id, prev_hash, hash)
    VALUES (place, 1, e.seq, before_it, encode(sha256(convert_to(audit_framed(
        '1', place::text, before_it, e.seq::text,
        to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), to_char(e.business_on, 'YYYY-MM-DD'),
        e.verb, e.actor_id::text, e.actor_name, e.actor_role, e.actor_region, e.credential, host(e.ip), e.method,
        e.request_id, e.object_type, e.object_id, e.object_label, e.region, e.before::text, e.after::text, e.result,
        e.reason
    ), 'UTF8')), 'hex'));
    DELETE FROM audit_unsealed WHERE event = NEW.event;
    RETURN NULL;
END
$$;

-- The first trigger only queues: by the time the second takes the lock, all other deferred checks of the transaction
-- are done, so nothing is waited for while the lock is held.
CREATE CONSTRAINT TRIGGER audit_event_is_queued AFTER INSERT ON audit_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_queue();
CREATE CONSTRAINT TRIGGER audit_event_is_sealed AFTER INSERT ON audit_unsealed
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_seal();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_is_queued;
ALTER TABLE audit_unsealed ENABLE ALWAYS TRIGGER audit_event_is_sealed;
"""
BACKWARD = """
DROP TRIGGER audit_event_is_queued ON audit_event;
DROP TABLE audit_unsealed;
DROP FUNCTION audit_queue();
DROP FUNCTION audit_seal();
DROP FUNCTION audit_framed(text[]);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [append_only("audit_event"), append_only("audit_link"), migrations.RunSQL(FORWARD, BACKWARD)]
