"""Decides whether two projects are duplicates, merges them, or withdraws a decision, and updates the verdicts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from hunan_trade.accounts.models import User
from hunan_trade.lists.declaration import Moves
from hunan_trade.lists.moves import record_moves
from hunan_trade.lists.record_change_preparation import Outcome
from projects.counting.monthly_counts import CityReasons
from projects.counting.project_locks import lock_with_linked_projects
from projects.counting.verdict_updates import recompute_verdicts
from projects.duplicates.candidates import LISTING
from projects.duplicates.linked_projects import load_links
from projects.duplicates.workflow import PAIR, PairFacts
from projects.models import Project, ProjectPair
from projects.reviewed_entries.actions import decision_values

LOCK_SPACE = 20_130_712  # advisory lock (this, 0) of whoever decides on pairs of projects


@transaction.atomic
def decide_pairs(*, seen: Mapping[int, int], name: str, by: User, reason: str = "", **values: Any) -> list[Outcome]:
    """Apply a decision such as `confirm_same` to several pairs of projects, and recompute the projects' verdicts."""
    projects, cities = _lock_projects(seen)
    given, rows = decision_values(by, reason), ProjectPair.objects.visible_to(by)
    outcomes = record_moves.move_many(rows, PAIR_MOVES, name, seen, listing=LISTING, by=by, reason=reason, values=given)
    _recompute_verdicts(projects, by=by, reasons=CityReasons(reason, cities))
    return outcomes


@transaction.atomic
def decide_pair(*, pk: int, name: str, by: User, seen: int | None, reason: str = "", **values: Any) -> None:
    """Apply a decision such as `confirm_same` to one pair of projects, and recompute the projects' verdicts."""
    projects, cities = _lock_projects([pk])
    given, rows = decision_values(by, reason), ProjectPair.objects.visible_to(by)
    record_moves.move_one(rows, PAIR_MOVES, name, pk, listing=LISTING, by=by, seen=seen, reason=reason, values=given)
    _recompute_verdicts(projects, by=by, reasons=CityReasons(reason, cities))


def _lock_projects(pairs: Collection[int]) -> tuple[list[int], frozenset[str]]:
    """Lock the projects of the given pairs and their duplicates; return their keys and the cities that may know why.

    Decisions on pairs are made one after the other: which projects are linked is read once the earlier ones have ended.
    Also returns the cities that may read the reason of a decision on the pairs: none where one of them is across cities.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_SPACE])
    rows = ProjectPair.objects.filter(pk__in=list(pairs)).values_list("first", "second", "city")
    cities = {city for _, _, city in rows}
    locked = lock_with_linked_projects(pk for first, second, _ in rows for pk in (first, second))
    return locked, frozenset() if None in cities else frozenset(cities)


def _recompute_verdicts(projects: Sequence[int], *, by: User, reasons: CityReasons) -> None:
    rows = Project.objects.filter(pk__in=projects).order_by("pk").prefetch_related("stage_entries")
    recompute_verdicts(list(rows), by=by, reasons=reasons)


def _pair_facts(pairs: Sequence[ProjectPair]) -> list[PairFacts]:
    """Return, for each pair of projects, the facts that decide which moves are allowed, such as its state."""
    prefetch_related_objects(pairs, "first", "second")
    links = load_links()
    return [PairFacts(pair.state, tuple(_codes_merged_elsewhere(pair, links.into))) for pair in pairs]


def _codes_merged_elsewhere(pair: ProjectPair, into: Mapping[int, int]) -> list[str]:
    return [each.code for each in (pair.first, pair.second) if into.get(each.pk) not in (None, *_keys(pair))]


def _keys(pair: ProjectPair) -> tuple[int, int]:
    return pair.first_id, pair.second_id


PAIR_MOVES = Moves(
    PAIR,
    decide_pair,
    by_person=frozenset(PAIR.moves),
    bulk=("confirm_same", "confirm_different"),
    bulk_title="认定",
    make_many=decide_pairs,
    facts=_pair_facts,
    reason_label="依据",
)
