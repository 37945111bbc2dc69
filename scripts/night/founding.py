"""Founds the world of deadline night; needs Django to stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from enterprises.actions import register
from enterprises.models import Mode
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling, opening, sending
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round
from hunan_trade.intake.rules import return_dates
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from scripts.night import figures

FOUNDER = System("压力测试")
Facts = dict[str, object]


def password(username: str) -> str:
    return f"Xiang-{figures.drawn(username) % 10**9:09d}!"


def found(
    *, cities: int, months: int, enterprises: int, history: int, lasts: timedelta, say: Callable[[str], None]
) -> Facts:
    """Each city with its register, a reporter for every open month and one lead; returns who there is and what is open."""
    call_command("migrate", verbosity=0)
    call_command("setup", verbosity=0)
    regions = list(islice(Region.objects.cities().order_by("code"), cities))
    latest = Month.of(clock.today()).previous
    open_ = [latest.plus(-back) for back in range(months)]
    officer, chief = _person("officer", Role.PROVINCE_OFFICER), _person("chief", Role.PROVINCE_LEAD)
    people = {
        region.code: [_person(f"r{region.code}n{at:02}", Role.CITY_REPORTER, region) for at in range(months)]
        for region in regions
    }
    leads = {region.code: _person(f"l{region.code}", Role.CITY_LEAD, region) for region in regions}
    for region in regions:
        say(f"register {region.code}")
        _register(region, enterprises, people[region.code][0])
    for back in reversed(range(months, months + history)):
        month = latest.plus(-back)
        say(f"history {month}")
        _accepted(month, {region: (people[region.code][0], leads[region.code], officer) for region in regions})
    for month in open_:
        _open(month, regions, officer, chief, lasts)
    return {
        "months": [str(month) for month in open_],
        "past": [str(latest.plus(-back)) for back in range(months, months + history)],
        "officer": _told(officer),
        "cities": [
            {
                "code": region.code,
                "reporters": [_told(person) for person in people[region.code]],
                "lead": _told(leads[region.code]),
            }
            for region in regions
        ],
    }


def _told(user: User) -> Facts:
    return {"id": user.pk, "username": user.username, "password": password(user.username)}


def _person(username: str, role: Role, region: Region | None = None) -> User:
    user, first = accounts.open_account(username=username, name=f"压测{username[-5:]}", by=FOUNDER)
    second = accounts.release_code(link=user.password_links.get(), by=FOUNDER)
    accounts.give_role(user=user, role=role, region=region, by=FOUNDER)
    accounts.set_password_by_code(first=first, second=second, password=password(username))
    return User.objects.select_related("region").get(pk=user.pk)


@transaction.atomic
def _register(region: Region, enterprises: int, by: User) -> None:
    for number in range(enterprises):
        register(
            customs_code=f"{region.code[:4]}{number:06}",
            name=f"{region.common_name}压测加工企业{number + 1}号有限公司",
            region=region.code,
            modes=[Mode.PURCHASED.value],
            by=by,
        )


def _accepted(month: Month, staff: Mapping[Region, tuple[User, User, User]]) -> None:
    """A month of the past, filed and accepted in its time."""
    dates = return_dates(month, settings.RETURN_CALENDAR)
    with clock.frozen_at(dates.opens_at):
        opening.open_month(month, by=FOUNDER)
    for region, (reporter, lead, officer) in staff.items():
        with clock.frozen_at(dates.due_at - timedelta(hours=5)), transaction.atomic():
            monthly_return = MonthlyReturn.objects.of_month(month).with_region().get(region=region)
            form = return_sheets.blank_sheets(region, month)
            for dataset, texts in zip(datasets.declared(), _typed(form, month), strict=True):
                edits = [filling.RowEdit(key, typed) for key, typed in texts.items()]
                filling.save_rows(monthly_return.pk, dataset, edits, by=reporter)
            monthly_return.refresh_from_db()
            monthly_return = sending.hand_up(monthly_return.pk, by=reporter, seen=monthly_return.version)
            sending.sign(monthly_return.pk, by=lead, seen=monthly_return.version)
            deciding.accept(
                monthly_return.pk,
                by=officer,
                seen=Round.objects.get(monthly_return=monthly_return, decision="").digest,
            )


def _typed(
    form: return_sheets.ReturnSheets, month: Month
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    trade, summary = (form.contexts[dataset.code].rows for dataset in datasets.declared())
    typed = {row.key: figures.month_of(row.key, str(month), "past") for row in trade}
    totals = figures.summary(sum(pair[0] for pair in typed.values()), sum(pair[1] for pair in typed.values()))
    return (
        {
            key: {"export": figures.text(pair[0]), "import": figures.text(pair[1]), "reason": figures.REASON}
            for key, pair in typed.items()
        },
        {row.key: {"month": totals.get(row.key, "0"), "reason": figures.REASON} for row in summary},
    )


def _open(month: Month, regions: list[Region], officer: User, chief: User, lasts: timedelta) -> None:
    """Open a month, and let in late what the calendar has locked meanwhile."""
    with clock.frozen_at(return_dates(month, settings.RETURN_CALENDAR).opens_at):
        opening.open_month(month, by=FOUNDER)
    for monthly_return in MonthlyReturn.objects.of_month(month).filter(region__in=regions):
        asked = deciding.ask_exception(
            monthly_return.pk, Exemption.Kind.LATE, "系统演练，各月同时补报。", clock.now() + lasts, by=officer
        )
        deciding.decide_exception(asked.pk, granted=True, by=chief)
