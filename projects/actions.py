"""Saves projects of the register and gives new projects their codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import CITY_ROLES, Permission
from hunan_trade.lists import record_writing
from hunan_trade.lists.constraint_violation_messages import missing_reference_message
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import Outcome, RecordChange
from hunan_trade.workflow import MoveRefused
from parks.models import Park
from projects import rules_cross_field_checks
from projects.capital_increases import rules_amount_checks as rules_increases
from projects.capital_increases.rules_amount_checks import FIRST_AMOUNTS
from projects.choices import Stage
from projects.counting.project_locks import lock_with_linked_projects
from projects.duplicates.merged_project_refusals import merged_refusals
from projects.models import CodeCounter, Project
from projects.project_codes import CITY_LETTERS, ProjectCode

_NEXT_NUMBERS = f"""
INSERT INTO {CodeCounter._meta.db_table} (city_id, year, last) VALUES (%s, %s, %s)
ON CONFLICT (city_id, year) DO UPDATE SET last = {CodeCounter._meta.db_table}.last + EXCLUDED.last RETURNING last
"""


@transaction.atomic
def save_projects(
    *, changes: Sequence[RecordChange], by: User, kind: Act.Kind, reason: str = "", reference: str = ""
) -> list[Outcome]:
    """Save new and changed projects from a form, a bulk edit, an import or the API.

    A new project gets the next code of its city; it begins at the stage 意向.
    """
    if not by.may(Permission.ENTER_PROJECT):
        raise MoveRefused("没有登记和修改项目的权限")
    coded, codes = _assign_codes(changes)
    lock_changed_projects(changes)
    outcomes = record_writing.write_changes(
        Project.objects.visible_to(by),
        coded,
        listing="projects",
        by=by,
        kind=kind,
        reason=reason,
        reference=reference,
        guard=lambda projects: merged_refusals(projects, by),
        judge=_project_checker(by, codes, _stored_codes(changes), _protected_amounts(changes, by)),
    )
    if all(outcome.refused for outcome in outcomes):  # whoever is refused takes no number
        transaction.set_rollback(True)
    return outcomes


def lock_changed_projects(changes: Sequence[RecordChange]) -> None:
    """Lock the projects that are to be changed, their confirmed duplicates, and projects merged with any of them."""
    brings_group = any(change.values.get("investor_groups") for change in changes)
    lock_with_linked_projects((change.pk for change in changes if change.pk is not None), brings_group=brings_group)


def _assign_codes(changes: Sequence[RecordChange]) -> tuple[list[RecordChange], set[str]]:
    """Give each new project a code such as CZ-2013-0146; return the changes with the codes, and the set of codes."""
    year = clock.today().year
    cities = [_city_of(change) if change.pk is None and not change.values.get("code") else "" for change in changes]
    wanted = Counter(filter(None, cities))
    numbers = {city: iter(_reserve_project_numbers(city, year, wanted[city])) for city in sorted(wanted)}
    coded, codes = [], set()
    for change, city in zip(changes, cities, strict=True):
        if city:
            codes.add(code := str(ProjectCode(city, year, next(numbers[city]))))
            change = replace(change, values={**change.values, "code": code})
        coded.append(change)
    return coded, codes


def _stored_codes(changes: Sequence[RecordChange]) -> dict[int, str]:
    """Return, by primary key, the present code of each existing project for which the changes name a code."""
    keys = [change.pk for change in changes if change.pk is not None and "code" in change.values]
    return dict(Project.objects.filter(pk__in=keys).values_list("pk", "code")) if keys else {}


def _protected_amounts(changes: Sequence[RecordChange], by: User) -> dict[int, dict[str, Decimal | None]]:
    """Return, by primary key, the contract and investment amounts of signed projects that the user may not change."""
    keys = [each.pk for each in changes if each.pk is not None and {*FIRST_AMOUNTS} & each.values.keys()]
    if not keys or by.may(Permission.CORRECT_PROJECT):
        return {}
    signed = Project.objects.filter(pk__in=keys).exclude(stage=Stage.INTENDED)
    return {row.pop("pk"): row for row in signed.values("pk", *FIRST_AMOUNTS)}


def _city_of(change: RecordChange) -> str:
    """Return the code of the city that a new project names, or "" if it names none of the province's 14 cities."""
    city = change.values.get("city")
    code = getattr(city, "pk", city)
    return code if code in CITY_LETTERS else ""


def _reserve_project_numbers(city: str, year: int, count: int) -> range:
    """Reserve the next `count` project numbers of a city and year, and return them as a range."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBERS, [city, year, count])
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def _project_checker(
    by: User,
    new_codes: Collection[str],
    standing_codes: Mapping[int, str],
    first_amounts: Mapping[int, Mapping[str, Decimal | None]],
) -> Callable[[Project], Mapping[str, str]]:
    """Return a function that checks a project before it is saved and returns error messages by field.

    A new one has one of the new codes, a standing one its own, and a signed one its first amounts.
    """
    parks = dict(Park.objects.values_list("pk", "city"))
    contacts = dict(User.objects.filter(role__in=CITY_ROLES).values_list("pk", "region"))
    today = clock.today()

    def field_errors(project: Project) -> Mapping[str, str]:
        if not by.sees_region(project.city_id):
            return {"city": "没有这个市州，或不在您的范围内。"}
        if project.pk is None and project.code not in new_codes:
            return {"code": "没有这个编号。新项目的编号由系统给，留空即可。"}
        if standing_codes.get(project.pk, project.code) != project.code:
            return {"code": f"项目的编号不改，是 {standing_codes[project.pk]}。"}
        expected = {name: getattr(project, name) for name in rules_cross_field_checks.EXPECTED_DATES}
        foreign = project.city_contact_id and contacts.get(project.city_contact_id) != project.city_id
        amounts = {name: getattr(project, name) for name in FIRST_AMOUNTS}
        return {
            **rules_increases.changed_amount_errors(first_amounts.get(project.pk, amounts), amounts),
            **rules_cross_field_checks.place_errors(
                project.city_id, area=project.area_id, park_city=parks.get(project.park_id or 0)
            ),
            **({"city_contact": missing_reference_message(Project._meta.get_field("city_contact"))} if foreign else {}),
            **rules_cross_field_checks.kind_errors(project.project_class, project.kind),
            **rules_cross_field_checks.date_order_errors(
                project.intended_on, expected, today, first_step=_first_stage_date(project)
            ),
        }

    return field_errors


def _first_stage_date(project: Project) -> date | None:
    reached = (project.signed_on, project.landed_on, project.produced_on, project.operated_on)
    return min((day for day in reached if day), default=None)
