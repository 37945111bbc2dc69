"""Tests that each violated constraint of an editable list's table is told in a sentence at its field (traps W5)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from django.db import connection
from django.db.models import CharField

from hunan_trade.audit.actions import System
from hunan_trade.lists import record_writing
from hunan_trade.lists.declaration import Listing, declared
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, PendingChange, RecordChange, writable_fields
from hunan_trade.lists.tests.records_of_every_list import ROWS
from hunan_trade.regions import actions_load_reference_tables as regions

pytestmark = pytest.mark.django_db
LISTS = [listing for listing in declared() if listing.editing]
NOBODY = 999_999  # as a number, and as a code of a region
# Attributes that break a check of a table alone; of other rules they follow from the table.
BREAKS: dict[str, dict[str, Any]] = {
    "park_kind_known": {"kind": "garden"},
    "park_level_known": {"level": "world"},
    "park_certainty_known": {"certainty": "sure"},
    "park_approved_is_a_date": {"approved": "去年"},
    "park_named": {"name": ""},
    "event_year_known": {"year": 1999},
    "event_kind_known": {"kind": "party"},
    "event_dates_in_order": {"starts_on": "2013-06-02", "ends_on": "2013-06-01"},
    "event_named": {"name": ""},
    "events_event_year_check": {"year": -1},
    "enterprise_customs_code": {"customs_code": "43"},
    "enterprise_has_name": {"name": ""},
    "enterprise_has_mode": {"modes": []},
    "roster_entry_named": {"name": ""},
    "project_code": {"code": "CS-13-1"},
    "project_named": {"name": ""},
    "project_stage_known": {"stage": "dreamt"},
    "project_accepted_stage_known": {"accepted_stage": "dreamt"},
    "project_status_known": {"status": "lost"},
    "project_status_reason": {"status": "delayed"},
    "project_class_known": {"project_class": "hobby"},
    "project_kind_known": {"kind": "cable"},
    "project_introducer_known": {"introducer_kind": "dog"},
    "projects_project_jobs_check": {"jobs": -1},
    "projects_project_land_mu_check": {"land_mu": -1},
    "projects_project_factory_m2_check": {"factory_m2": -1},
    **{
        f"project_{name}_from_0": {name: -1}
        for name in ("total_investment_cny", "total_investment_usd", "contracted_cny", "contracted_usd")
    },
    "fortunegroup_named": {"name": ""},
    "fortunegroup_rank_known": {"rank": 501},
    "fortunegroup_year_known": {"year": 1999},
    "projects_fortunegroup_rank_check": {"rank": -1},
    "projects_fortunegroup_year_check": {"year": -1},
    "batch_named": {"name": ""},
    "batch_number_from_1": {"number": 0},
    "batch_size_from_1": {"planned_size": 0},
    "projects_batch_number_check": {"number": -1},
    "projects_batch_planned_size_check": {"planned_size": -1},
    "stageentry_stage_known": {"stage": "intended"},
    "stageentry_state_known": {"state": "lost"},
    "stageentry_decided_whole": {"state": "valid"},
    "stageentry_undone_with_reason": {"state": "void", "decided_reason": ""},
    "capitalincrease_above_0": {"amount_usd": 0},
    "capitalincrease_has_amount": {"amount_usd": None, "amount_cny": None},
    "capitalincrease_state_known": {"state": "unaccepted"},
    "capitalincrease_decided_whole": {"state": "valid"},
    "capitalincrease_undone_with_reason": {"state": "void", "decided_reason": ""},
    "termination_decided_whole": {"state": "valid"},
    "termination_state_known": {"state": "lost"},
    "termination_undone_with_reason": {"state": "void", "decided_reason": ""},
    "termination_with_reason": {"note": ""},
    "targets_rosterentry_position_check": {"position": -1},
}
UNREADABLE = ("too long", "a byte that no text holds")
COUNTED = {"id", "version", "changed_xid"}  # the database gives these itself

_RULES = """
SELECT conname, contype, array(
    SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey) ORDER BY attnum
)
FROM pg_constraint WHERE conrelid = %s::regclass AND contype <> 'p'
UNION SELECT attrelid::regclass || '.' || attname, 'n', array[attname::text] FROM pg_attribute
WHERE attrelid = %s::regclass AND attnotnull AND attgenerated = '' AND attnum > 0
ORDER BY 1
"""


def rules_of(listing: Listing) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each rule of the list's table with attributes of a record that break it; the copy of one breaks a unique."""
    table = listing.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(_RULES, [table, table])
        rules = cursor.fetchall()
    fields = {field.column: field for field in listing.model._meta.local_concrete_fields}
    computed = {*COUNTED, *(listing.derived.fields if listing.derived else ())}
    for name, kind, columns in rules:
        if set(columns) <= computed:
            continue
        if kind == "c":
            assert name in BREAKS, f"say in BREAKS what breaks {name}"
            yield name, BREAKS[name]
        else:
            assert kind in "nfu", f"{name} is of a kind that this test does not know"
            broken = {fields[column].attname: None if kind == "n" else nobody(fields[column]) for column in columns}
            yield name, {} if kind == "u" else broken
    for name in UNREADABLE:
        text = next(f for f in listing.model._meta.local_concrete_fields if isinstance(f, CharField) and not f.choices)
        yield name, {text.attname: "长" * ((text.max_length or 0) + 1) if name == UNREADABLE[0] else "a\x00b"}


def nobody(field: Any) -> Any:
    """Return a key of no record that a foreign key refers to, as long as its column takes."""
    length = getattr(getattr(field, "target_field", None), "max_length", None)
    return str(NOBODY)[:length] if length else NOBODY


def examples(listing: Listing) -> Any:
    """Return a record of the list, after some were made."""
    regions.load_regions()
    for code in dict.fromkeys(("rosters", listing.code)):  # the work plan first, to which some records refer
        ROWS[code]()
    return listing.model._base_manager.order_by("pk").first()


def stored(record: Any) -> Outcome:
    """Hand a record to the database as if nothing of it had been looked at before."""
    draft = PendingChange(RecordChange({}), record)
    record_writing._assign_primary_keys(type(record), [draft])
    record_writing._store(type(record), [draft])
    assert draft.errors, "the database took it"
    return draft.refused_outcome()


def written(listing: Listing, record: Any) -> Outcome:
    """Hand the same record to the writing of all lists."""
    values = {name: getattr(record, field.attname) for name, field in writable_fields(listing.model).items()}
    change = RecordChange(values)
    (outcome,) = record_writing.write_changes(
        listing.model._base_manager.all(), [change], listing=listing.code, by=System("测试"), kind=Act.Kind.CREATED
    )
    assert outcome.refused
    return outcome


@pytest.mark.parametrize("listing", LISTS, ids=lambda listing: listing.code)
def test_each_rule_of_the_table_is_refused_in_sentences_by_field(
    listing: Listing, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither answer nor log has the database's words or another record's values (traps W5)"""
    caplog.set_level(logging.DEBUG)
    example = examples(listing)
    count = listing.model._base_manager.count()
    for name, values in rules_of(listing):
        record = copy(example)
        record.pk = None
        if values:
            _make_unlike(listing, record)
        for attribute, value in values.items():
            setattr(record, attribute, value)
        for outcome in (stored(copy(record)), written(listing, record)):
            sentences = [sentence for found in outcome.errors.values() for sentence in found]
            assert sentences and all(sentence.endswith("。") for sentence in sentences), (name, sentences)
            text = f"{outcome.errors} {caplog.text}"
            for word in (name, listing.model._meta.db_table, "violates", "constraint", "Key (", "DETAIL", "\x00"):
                assert word not in text, (name, text)
            at = {field.name for field in listing.model._meta.local_concrete_fields if field.attname in values}
            assert at & set(outcome.errors) or not values or name in UNREADABLE, (name, outcome.errors)
    assert listing.model._base_manager.count() == count


def _make_unlike(listing: Listing, record: Any) -> None:
    """Give the record a name of its own, so that no unique rule is broken beside."""
    for name, unlike in (("name", "另一个"), ("customs_code", "4301999999")):
        if hasattr(record, name):
            setattr(record, name, unlike)
