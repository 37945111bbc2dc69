"""The plan and the home pages with 20,000 more enterprises in the demo year; beside the demo year alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.test import Client

from hunan_trade.accounts.models import User
from scripts.bench.http import get, portal
from scripts.bench.measuring import Case, line
from scripts.bench.scale import Scale


class Page:
    """A page as one person sees it; signs in on whatever database the process is connected to."""

    def __init__(self, path: str, username: str) -> None:
        self.path, self.username, self.cookie = path, username, ""

    def sign_in(self) -> None:
        client = Client(REMOTE_ADDR="127.0.0.1")
        client.force_login(User.objects.get(username=self.username))
        self.cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def get(self) -> None:
        get(portal(), self.path, cookie=self.cookie)


@line("page-plan", "the plan with its target ledger", database="demo")
def plan(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _growth(Page("/plan/", "officer1"))


@line("page-home-province", "home page of the province", database="demo")
def home_of_the_province(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _growth(Page("/", "officer1"))


@line("page-home-city", "home page of a city", database="demo")
def home_of_a_city(scale: Scale) -> Iterator[Sequence[Case]]:
    yield _growth(Page("/", "changsha-reporter"))


def _growth(page: Page) -> list[Case]:
    return [
        Case("ours at 20,000 enterprises", page.get, before=page.sign_in, times=20, database="demo-crowded"),
        Case("ours on the demo year", page.get, before=page.sign_in, times=20, database="demo", goal=1.5),
    ]
