"""Finds pairs of projects that may be duplicates, and updates the table of pairs when projects change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import Actor, record
from hunan_trade.lists.history.act_recording import open_act
from hunan_trade.lists.models import Act
from projects.choices import PairState
from projects.duplicates.rules_similarity import names_alike
from projects.models import Project, ProjectPair

LOCK_SPACE = 20_130_711  # advisory lock of whoever looks for pairs, so that of two people one finds the other's project
LISTING = "project-duplicates"
_TABLE = Project._meta.db_table
# Of one city the names are compared in Python; across cities they have to be equal.
_SHARED_INVESTOR = f"""
SELECT DISTINCT least(one.id, other.id), greatest(one.id, other.id), one.name, other.name,
    CASE WHEN one.city_id = other.city_id THEN one.city_id END
FROM {_TABLE} one JOIN {_TABLE} other ON other.investor_keys && one.investor_keys AND other.id <> one.id
    AND (other.city_id = one.city_id OR lists_normal_form(other.name) = lists_normal_form(one.name))
WHERE one.id = ANY(%s) AND one.investor_keys <> '{{}}'
"""

Pair = tuple[int, int]  # the keys of two projects, the lower one first


@dataclass(frozen=True)
class ChangedProjects:
    """Keys of the projects to compare for duplicates again, and of those with a new name or new investors."""

    every: frozenset[int]
    renamed: frozenset[int]


def find_candidate_pairs_with_shared_city(projects: Collection[int]) -> dict[Pair, str | None]:
    """Return each pair of possible duplicates that includes a given project, with the city of both, or None."""
    if not projects:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SHARED_INVESTOR, [list(projects)])
        rows = cursor.fetchall()
    return {(first, second): city for first, second, one, other, city in rows if names_alike(one, other)}


def record_candidates(changed: Sequence[tuple[Mapping[str, Any], Project]], *, by: Actor, reason: str) -> set[Pair]:
    """Find the possible duplicates of changed projects, and add, reopen or close their `ProjectPair` rows.

    Each changed project comes after a dict of the earlier values of its changed fields.
    A pair that was decided is asked again only if a name or the investors changed; one that waits, and is no longer
    alike, is closed. Returns the pairs that are to be decided now.
    """
    projects = _projects_to_compare(changed)
    if not projects.every:
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_SPACE])
    found = find_candidate_pairs_with_shared_city(projects.every)
    standing = list(_pairs_of(projects.every).order_by("pk").select_for_update())
    again = [pair for pair in standing if _needs_new_decision(pair, found, projects)]
    unlike = [each for each in standing if each.state == PairState.WAITING and _keys(each) not in found]
    new = found.keys() - {_keys(pair) for pair in standing}
    asked = new | {_keys(pair) for pair in again}
    if not (asked or unlike):
        return asked
    with open_act(Act.Kind.CREATED, listing=LISTING, by=by, reason=reason):
        _create_pairs(new, found)
        ProjectPair.objects.filter(pk__in=[pair.pk for pair in again]).update(state=PairState.WAITING)
        ProjectPair.objects.filter(pk__in=[pair.pk for pair in unlike]).update(state=PairState.UNLIKE)
    after = {"found": len(asked), "closed": len(unlike)}
    record("duplicate.found", by=by, after={name: count for name, count in after.items() if count}, reason=reason)
    return asked


def candidate_sentences(pairs: Collection[Pair], projects: Collection[int], *, by: Actor) -> dict[int, list[str]]:
    """Return, by project key, Chinese sentences about possible duplicates that the user `by` may see."""
    if not pairs or not isinstance(by, User):
        return {}
    keys = {pk for pair in pairs for pk in pair}
    seen = {each.pk: each for each in Project.objects.visible_to(by).filter(pk__in=keys).select_related("city")}
    own, found = set(projects), dict[int, list[str]]()
    for first, second in sorted(pairs):
        for one, other in ((first, second), (second, first)):
            if one in own and (alike := seen.get(other)):
                found.setdefault(one, []).append(_candidate_sentence(alike, is_new=other in own))
    return found


def _candidate_sentence(alike: Project, *, is_new: bool) -> str:
    """Return a Chinese sentence about a possible duplicate, with its code unless it is being created now."""
    begin = "本次还有" if is_new else f"{alike.city.short_name}已有"
    code = "" if is_new else f" {alike.code}"
    return f"{begin}名称相近、投资方相同的项目{code}“{alike.name}”。确认不是重复登记再保存，是不是同一项目由省厅认定。"


def _projects_to_compare(changed: Sequence[tuple[Mapping[str, Any], Project]]) -> ChangedProjects:
    renamed = frozenset(each.pk for was, each in changed if not was or _has_changed(was, each, "name", "investor_keys"))
    moved = frozenset(each.pk for was, each in changed if was and _has_changed(was, each, "city_id"))
    return ChangedProjects(renamed | moved, renamed)


def _has_changed(was: Mapping[str, Any], project: Project, *names: str) -> bool:
    return any(name in was and was[name] != getattr(project, name) for name in names)


def _pairs_of(projects: Collection[int]) -> Any:
    return ProjectPair.objects.filter(Q(first__in=projects) | Q(second__in=projects))


def _keys(pair: ProjectPair) -> Pair:
    return pair.first_id, pair.second_id


def _needs_new_decision(pair: ProjectPair, found: Mapping[Pair, str | None], projects: ChangedProjects) -> bool:
    is_new = bool({*_keys(pair)} & projects.renamed)
    asked = pair.state == PairState.UNLIKE or (pair.state == PairState.DIFFERENT and is_new)
    return asked and _keys(pair) in found


def _create_pairs(new: Collection[Pair], found: Mapping[Pair, str | None]) -> None:
    ProjectPair.objects.bulk_create(
        ProjectPair(first_id=first, second_id=second, city_id=found[first, second], found_at=clock.now())
        for first, second in sorted(new)
    )
