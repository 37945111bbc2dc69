"""Creates the initial data of a load test, such as accounts, enterprises and open returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from enterprises.actions import register_enterprise
from enterprises.models import Mode
from hunan_trade import clock
from hunan_trade.accounts import actions as accounts
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.audit.actions import System
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling, opening, sending
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round
from hunan_trade.intake.rules_workflow_guards import monthly_return_dates
from hunan_trade.periods import Month
from hunan_trade.regions.models import Region
from scripts.load_test import generated_figures

ACTOR = System("压力测试")
Facts = dict[str, object]


def password_for_user(username: str) -> str:
    return f"Xiang-{generated_figures.number_from_hash(username) % 10**9:09d}!"


def create_data(
    *,
    cities: int,
    months: int,
    enterprises: int,
    history: int,
    exemption_lasts: timedelta,
    print_progress: Callable[[str], None],
) -> Facts:
    """Create the load test's accounts, enterprises and returns; return its accounts and months as a dict.

    Each city has one reporter for every open month.
    """
    call_command("migrate", verbosity=0)
    call_command("setup", verbosity=0)
    regions = list(islice(Region.objects.cities().order_by("code"), cities))
    latest = Month.of(clock.today()).previous
    open_ = [latest.plus(-back) for back in range(months)]
    officer, chief = _create_user("officer", Role.PROVINCE_OFFICER), _create_user("chief", Role.PROVINCE_LEAD)
    people = {
        region.code: [_create_user(f"r{region.code}n{at:02}", Role.CITY_REPORTER, region) for at in range(months)]
        for region in regions
    }
    leads = {region.code: _create_user(f"l{region.code}", Role.CITY_LEAD, region) for region in regions}
    for region in regions:
        print_progress(f"register {region.code}")
        _register_enterprises(region, enterprises, people[region.code][0])
    for back in reversed(range(months, months + history)):
        month = latest.plus(-back)
        print_progress(f"history {month}")
        _file_and_accept_month(
            month, {region: (people[region.code][0], leads[region.code], officer) for region in regions}
        )
    for month in open_:
        _open_month_for_late_filing(month, regions, officer, chief, exemption_lasts)
    return {
        "months": [str(month) for month in open_],
        "past": [str(latest.plus(-back)) for back in range(months, months + history)],
        "officer": _account_data(officer),
        "cities": [
            {
                "code": region.code,
                "reporters": [_account_data(person) for person in people[region.code]],
                "lead": _account_data(leads[region.code]),
            }
            for region in regions
        ],
    }


def _account_data(user: User) -> Facts:
    return {"id": user.pk, "username": user.username, "password": password_for_user(user.username)}


def _create_user(username: str, role: Role, region: Region | None = None) -> User:
    user, first = accounts.open_account(username=username, name=f"压测{username[-5:]}", by=ACTOR)
    second = accounts.release_second_code_half(link=user.password_links.get(), by=ACTOR)
    accounts.give_role(user=user, role=role, region=region, by=ACTOR)
    accounts.set_password_by_code(first=first, second=second, password=password_for_user(username))
    return User.objects.select_related("region").get(pk=user.pk)


@transaction.atomic
def _register_enterprises(region: Region, enterprises: int, by: User) -> None:
    for number in range(enterprises):
        register_enterprise(
            customs_code=f"{region.code[:4]}{number:06}",
            name=f"{region.name_in_text}压测加工企业{number + 1}号有限公司",
            region=region.code,
            modes=[Mode.PURCHASED.value],
            by=by,
        )


def _file_and_accept_month(month: Month, staff: Mapping[Region, tuple[User, User, User]]) -> None:
    """File and accept every city's return of a past month, with the clock set to the month's filing dates."""
    dates = monthly_return_dates(month, settings.RETURN_CALENDAR)
    with clock.frozen_at(dates.opens_at):
        opening.open_month(month, by=ACTOR)
    for region, (reporter, lead, officer) in staff.items():
        with clock.frozen_at(dates.due_at - timedelta(hours=5)), transaction.atomic():
            monthly_return = MonthlyReturn.objects.of_month(month).with_region().get(region=region)
            form = return_sheets.blank_sheets(region, month)
            for code, texts in _generated_return_texts(form, month).items():
                edits = [filling.RowEdit(key, typed) for key, typed in texts.items()]
                filling.save_rows(monthly_return.pk, datasets.get(code), edits, by=reporter)
            monthly_return.refresh_from_db()
            monthly_return = sending.submit_to_city_lead(monthly_return.pk, by=reporter, seen=monthly_return.version)
            sending.sign(monthly_return.pk, by=lead, seen=monthly_return.version)
            deciding.accept(
                monthly_return.pk,
                by=officer,
                seen=Round.objects.get(monthly_return=monthly_return, decision="").digest,
            )


def _generated_return_texts(form: return_sheets.ReturnSheets, month: Month) -> dict[str, dict[str, dict[str, str]]]:
    """Return the invented cell texts of a monthly return, by dataset, record key and column."""
    trade, summary = (form.contexts[code].rows for code in ("processing_trade", "city_summary"))
    typed = {row.key: generated_figures.exports_and_imports(row.key, str(month), "past") for row in trade}
    totals = generated_figures.summary_texts(
        sum(pair[0] for pair in typed.values()), sum(pair[1] for pair in typed.values())
    )
    return {
        "processing_trade": {
            key: {
                "export": generated_figures.format_hundredths(pair[0]),
                "import": generated_figures.format_hundredths(pair[1]),
                "reason": generated_figures.REASON,
            }
            for key, pair in typed.items()
        },
        "city_summary": {
            row.key: {"month": totals.get(row.key, "0"), "reason": generated_figures.REASON} for row in summary
        },
    }


def _open_month_for_late_filing(
    month: Month, regions: list[Region], officer: User, chief: User, exemption_lasts: timedelta
) -> None:
    """Open a past month and grant every city an exemption for filing late."""
    with clock.frozen_at(monthly_return_dates(month, settings.RETURN_CALENDAR).opens_at):
        opening.open_month(month, by=ACTOR)
    for monthly_return in MonthlyReturn.objects.of_month(month).filter(region__in=regions):
        exemption = deciding.ask_exemption(
            monthly_return.pk,
            Exemption.Kind.LATE,
            "系统演练，各月同时补报。",
            clock.now() + exemption_lasts,
            by=officer,
        )
        deciding.decide_exemption(exemption.pk, granted=True, by=chief)
