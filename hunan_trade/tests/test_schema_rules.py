"""The rules that the database itself keeps, written down: one that is dropped or weakened is seen in review."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from hunan_trade.tests import snapshot

OURS = "relnamespace = 'public'::regnamespace AND relname NOT LIKE 'django%'"
RULES = f"""
SELECT relname || ' ' || CASE WHEN contype = 't' THEN 'constraint trigger' ELSE 'constraint' END || ' ' || conname
    || ': ' || pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE {OURS} AND contype <> 'n'
UNION ALL
SELECT relname || ' trigger ' || tgname || ' (' || tgenabled::text || '): ' || pg_get_triggerdef(pg_trigger.oid)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE {OURS} AND NOT tgisinternal
UNION ALL
SELECT relname || ' unique index: ' || pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE {OURS} AND indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
UNION ALL
SELECT relname || ' never null: ' || string_agg(attname, ', ' ORDER BY attnum)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE {OURS} AND relkind IN ('r', 'p') AND attnum > 0 AND attnotnull AND NOT attisdropped GROUP BY relname
UNION ALL
SELECT 'function ' || proname || ': ' || prosrc
FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


@pytest.mark.django_db
def test_the_rules_of_the_database_are_those_that_are_written_down() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RULES)
        found = sorted(re.sub(r"\s+", " ", rule).strip() for (rule,) in cursor.fetchall())
    told = snapshot.difference("schema_rules.txt", found, "hunan_trade/tests/test_schema_rules.py")
    assert not told, told
