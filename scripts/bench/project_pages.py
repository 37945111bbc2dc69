"""Benchmarks of the register of projects: its list, the page of a record, and the funnel of stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from projects.choices import ProjectClass, Status
from projects.models import Project
from scripts.bench import plain_django_project_pages
from scripts.bench.plain_django_application import PlainDjangoApplication
from scripts.bench.project_data import OFFICER
from scripts.bench.scale_factor import Scale
from scripts.bench.signed_in_requests import UserPage
from scripts.bench.timing import Case, benchmark

CITY = "430600"  # one of average size
QUERY = urlencode({"city": CITY, "status": Status.ACTIVE, "project_class": ProjectClass.INDUSTRY})
LIST_PATH, FUNNEL_PATH = f"/projects/?{QUERY}", "/projects/funnel/"


@benchmark("project-list", "list page of 100,000 projects, filtered, chosen columns", database="projects")
def list_page(scale: Scale) -> Iterator[Sequence[Case]]:
    ours, stock = UserPage(LIST_PATH, OFFICER), _stock_page(f"{plain_django_project_pages.LIST_PATH}?{QUERY}")
    yield [
        Case("ours", ours.get, before=ours.sign_in, times=10),
        Case("django-filter + django-tables2", stock.get, before=stock.sign_in, times=5, goal=0.25),
    ]


@benchmark("project-list-tenfold", "the same at 1,000,000 projects", database="projects")
def list_page_of_a_million(scale: Scale) -> Iterator[Sequence[Case]]:
    page = UserPage(LIST_PATH, OFFICER)
    yield [
        Case("ours at 1,000,000", page.get, before=page.sign_in, times=20, database="projects-tenfold"),
        Case("ours at 100,000", page.get, before=page.sign_in, times=20, database="projects", goal=1.3),
    ]


@benchmark("project-page", "page of one project of 100,000", database="projects")
def record_page(scale: Scale) -> Iterator[Sequence[Case]]:
    codes = Project.objects.filter(operated_on__isnull=False)
    page = UserPage(f"/projects/{codes.order_by('pk')[0].code}/", OFFICER)
    yield [
        Case("ours at 100,000", page.get, before=page.sign_in, times=20, database="projects"),
        Case("ours at 10,000", page.get, before=page.sign_in, times=20, database="projects-tenth", goal=1.5),
    ]


@benchmark("project-funnel", "funnel of 100,000 projects by stage and city", database="projects")
def funnel_page(scale: Scale) -> Iterator[Sequence[Case]]:
    ours, stock = UserPage(FUNNEL_PATH, OFFICER), _stock_page(plain_django_project_pages.FUNNEL_PATH)
    yield [
        Case("ours", ours.get, before=ours.sign_in),
        Case("ORM and template, medians in Python", stock.get, before=stock.sign_in, goal=0.5),
    ]


def _stock_page(path: str) -> UserPage:
    return UserPage(path, OFFICER, PlainDjangoApplication(plain_django_project_pages.__name__))
