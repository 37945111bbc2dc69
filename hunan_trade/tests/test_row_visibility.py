"""Tests which rows `visible_to` shows to each role, and that all reads call `visible_to`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django.apps import apps
from django.db.models import Manager, Model
from django.http import QueryDict

from hunan_trade import clock
from hunan_trade.accounts.actions import issue_token
from hunan_trade.accounts.models import Token, User
from hunan_trade.audit.actions import System
from hunan_trade.files.models import StoredFile
from hunan_trade.indicators.tests.source_and_rate_factories import decided_rate, decided_source
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Upload
from hunan_trade.intake.tests.return_requests_and_workbooks import decided_threshold
from hunan_trade.jobs.actions import enqueue
from hunan_trade.lists.downloads.download_jobs import request_download
from hunan_trade.lists.downloads.list_file_writer import DownloadQuery
from hunan_trade.lists.models import SavedView, view_sharing_region
from hunan_trade.lists.tests.import_factories import received_import
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.tests.allowed_unscoped_reads import READS_WITHOUT_READER
from hunan_trade.tests.test_code_conventions import code_files
from hunan_trade.tests.test_layers import ROOT
from parks.tables import PARKS
from projects.models import Project
from projects.tests.factories import (
    accepted_month,
    closed_year,
    decided_batch,
    decided_batch_threshold,
    decided_counting,
    followed_project,
    listed_project,
    logged_contact,
    project_pair,
    proposed_increase,
    stepped_project,
    terminated_project,
)
from reporting.models import Report, Voiding
from targets.drafting.actions import create_draft_from_document
from targets.tests.test_plan_drafts import PLAN

SCOPED_MODELS = {
    model._meta.label: model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")
}

# What a province officer, a city's reporter and a keeper of accounts see. own: the rows of the user's region.
EXPECTED = {
    "enterprises.Enterprise": ("all", "own", "none"),
    "enterprises.EnterpriseHistory": ("all", "own", "none"),
    "projects.Project": ("all", "own", "none"),
    "projects.ProjectHistory": ("all", "own", "none"),
    "projects.CountingDecision": ("all", "all", "none"),
    "projects.YearClosing": ("all", "all", "none"),
    "projects.FortuneGroup": ("all", "all", "none"),
    "projects.FortuneGroupHistory": ("all", "all", "none"),
    "projects.ProjectMonth": ("all", "own", "none"),
    "projects.StageEntry": ("all", "own", "none"),
    "projects.StageEntryHistory": ("all", "own", "none"),
    "projects.CapitalIncrease": ("all", "own", "none"),
    "projects.CapitalIncreaseHistory": ("all", "own", "none"),
    "projects.Termination": ("all", "own", "none"),
    "projects.TerminationHistory": ("all", "own", "none"),
    "projects.ProjectPair": ("all", "own", "none"),
    "projects.ProjectPairHistory": ("all", "own", "none"),
    "projects.ProjectContact": ("all", "own", "none"),
    "projects.ProjectContactHistory": ("all", "own", "none"),
    "projects.ProjectFollower": ("all", "own", "none"),
    "projects.Batch": ("all", "all", "none"),
    "projects.BatchHistory": ("all", "all", "none"),
    "projects.BatchMembership": ("all", "own", "none"),
    "projects.BatchMembershipHistory": ("all", "own", "none"),
    "projects.BatchThreshold": ("all", "all", "none"),
    "enterprises.ProcessingTrade": ("all", "own", "none"),
    "indicators.Observation": ("all", "own", "none"),
    "intake.MonthlyReturn": ("all", "own", "none"),
    "intake.Round": ("all", "own", "none"),
    "intake.Upload": ("all", "own", "none"),
    "intake.Exemption": ("all", "own", "none"),
    "intake.Threshold": ("all", "all", "none"),  # cities are asked by them
    "indicators.SourceDecision": ("all", "all", "none"),  # printed in what is issued to all
    "indicators.YearRate": ("all", "all", "none"),
    "reporting.Report": ("all", "issued", "none"),
    "reporting.Voiding": ("all", "all", "none"),  # only what is issued is voided
    "targets.WorkPlan": ("all", "all", "none"),
    "targets.PlanSection": ("all", "all", "none"),
    "targets.PlanItem": ("all", "all", "none"),
    "targets.ItemIdentity": ("all", "all", "none"),
    "targets.RosterIdentity": ("all", "all", "none"),
    "targets.Target": ("all", "all", "none"),
    "targets.TaskState": ("all", "all", "none"),
    "targets.Roster": ("all", "all", "none"),
    "targets.RosterEntry": ("all", "all", "none"),
    "targets.RosterEntryHistory": ("all", "all", "none"),
    "targets.PlanDraft": ("all", "none", "none"),
    "lists.SavedView": ("group", "group", "none"),
    "lists.Import": ("all", "none", "none"),
    "lists.ListDownload": ("all", "none", "none"),
    "parks.Park": ("all", "all", "none"),
    "parks.ParkHistory": ("all", "all", "none"),
    "events.Event": ("all", "all", "none"),
    "events.EventHistory": ("all", "all", "none"),
    "jobs.Job": ("all", "none", "all"),
    "accounts.Token": ("none", "own", "none"),
}
REGION = {
    "enterprises.ProcessingTrade": "enterprise__region",
    "projects.Project": "city",
    "projects.ProjectHistory": "city",
    "projects.ProjectMonth": "project__city",
    "projects.StageEntry": "city",
    "projects.StageEntryHistory": "city",
    "projects.CapitalIncrease": "city",
    "projects.CapitalIncreaseHistory": "city",
    "projects.Termination": "city",
    "projects.TerminationHistory": "city",
    "projects.ProjectPair": "city",
    "projects.ProjectPairHistory": "city",
    "projects.ProjectContact": "city",
    "projects.ProjectContactHistory": "city",
    "projects.ProjectFollower": "project__city",
    "projects.BatchMembership": "city",
    "projects.BatchMembershipHistory": "city",
    "intake.Round": "monthly_return__region",
    "intake.Upload": "monthly_return__region",
    "intake.Exemption": "monthly_return__region",
    "accounts.Token": "user__region",
}


def visible_share(label: str, user: User) -> str:
    """Return which rows of a model the user may see, such as "all", "own" or "none"."""
    rows: Manager[Model] = SCOPED_MODELS[label]._default_manager
    every = set(rows.values_list("pk", flat=True))
    assert every, f"{label} is empty: nothing is shown by it"
    visible = set(rows.visible_to(user).values_list("pk", flat=True))  # type: ignore[attr-defined]
    if visible in (every, set()):
        return "all" if visible else "none"
    if label == "reporting.Report" and visible == set(rows.filter(status="issued").values_list("pk", flat=True)):
        return "issued"
    if label == "lists.SavedView" and visible == set(
        rows.filter(region=view_sharing_region(user) or "").values_list("pk", flat=True)
    ):
        return "group"
    own = set(rows.filter(**{REGION.get(label, "region"): user.region_id}).values_list("pk", flat=True))
    return "own" if visible == own else f"{len(visible)} of {len(every)}"


def test_visible_to_returns_the_expected_rows_for_each_role(demo_database: DemoDatabase) -> None:
    names = ("officer1", "changsha-reporter", "admin", "security", "zhuzhou-reporter")
    officer, reporter, administrator, security, neighbour = (User.objects.get(username=name) for name in names)
    batch = decided_batch(User.objects.get(username="lead1"))
    for user in (reporter, neighbour):
        issue_token(user=user, label="对账", scope=Token.Scope.READ, by=security)
        proposed_increase(user)
        monthly_return = MonthlyReturn.objects.filter(region=user.region_id).latest("month")
        accepted_month(
            stepped_project(user, "sign"), Round.objects.filter(monthly_return__region=user.region_id).latest("pk")
        )
        terminated_project(user)
        project_pair(user)
        logged_contact(user)
        followed_project(user)
        Project.objects.filter(pk=listed_project(officer, batch).project_id).update(city=user.region_id)
        _add_missing_rows(monthly_return, user)
    for user in (officer, reporter, neighbour):
        SavedView.objects.create(listing="parks", title="一", owner=user, region_id=view_sharing_region(user))
    received_import(officer)
    decided_threshold(officer)
    decided_source(officer)
    decided_rate(officer)
    decided_counting(officer)
    closed_year(officer)
    decided_batch_threshold(User.objects.get(username="lead1"))
    request_download(DownloadQuery.from_parameters(PARKS, officer, QueryDict("")), by=officer)
    enqueue("returns.open", {}, key="of nobody", by=System())
    _void(Report.objects.issued().latest("pk"), officer)
    _add_draft(Report.objects.latest("pk"))
    create_draft_from_document(data=PLAN.encode(), name="要点.txt", by=officer)
    assert {
        label: tuple(visible_share(label, user) for user in (officer, reporter, administrator))
        for label in SCOPED_MODELS
    } == EXPECTED


def _add_missing_rows(monthly_return: MonthlyReturn, by: User) -> None:
    now, file = clock.now(), StoredFile.objects.earliest("pk")
    Exemption.objects.create(
        monthly_return=monthly_return, kind=Exemption.Kind.LATE, asked_by=by, asked_at=now, reason="补报", until=now
    )
    Upload.objects.create(
        monthly_return=monthly_return, file=file, name="", base_version=1, received_by=by, received_at=now, blocking=0
    )


def _add_draft(report: Report) -> None:
    report.pk, report.status, report.edition = None, "draft", report.edition + 1
    report.number = report.reviewed_by = report.reviewed_at = report.issued_by = report.issued_at = None
    report.document_number = ""
    report.save(force_insert=True)


def _void(report: Report, by: User) -> None:
    Voiding.objects.create(report=report, reason="数有误", decided_by=by, decided_at=clock.now())


def unscoped_reads() -> Iterator[tuple[str, str]]:
    """Yield each place in the code that reads a model's rows without calling visible_to."""
    for path in code_files():
        if {"tests", "testing", "setup", "demo", "management"} & set(path.parts) or "actions" in str(path):
            continue
        tree = ast.parse(path.read_text())
        names = set(_scoped_names(tree, str(path.relative_to(ROOT))))
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and node.attr == "objects" and isinstance(node.value, ast.Name)):
                continue
            if node.value.id in names and not _is_scoped(node, parents):
                yield str(path.relative_to(ROOT)), f"{_enclosing_function(node, parents)} {node.value.id}"


def _scoped_names(tree: ast.AST, path: str) -> Iterator[str]:
    """Yield the names under which a module uses models that have visible_to."""
    scoped = {
        (module, model.__name__)
        for model in SCOPED_MODELS.values()
        for module in (model.__module__, f"{apps.get_app_config(model._meta.app_label).name}.models")
    }
    own = path.removesuffix(".py").replace("/", ".")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (name.asname or name.name for name in node.names if (node.module, name.name) in scoped)
        elif isinstance(node, ast.ClassDef) and (own, node.name) in scoped:
            yield node.name


def _is_scoped(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while isinstance(chain := parents[node], ast.Attribute) or (isinstance(chain, ast.Call) and chain.func is node):
        if isinstance(chain, ast.Attribute) and chain.attr == "visible_to":
            return True
        node = chain
    if isinstance(chain, ast.Lambda):  # a list's rows, which `Listing.visible_rows` scopes
        return isinstance(handed := parents[chain], ast.keyword) and handed.arg == "rows"
    if isinstance(chain, ast.Assign):  # a viewset's rows, which the base scopes; or what the next lines hand over
        name = ast.unparse(chain.targets[0])
        return name == "queryset" or any(
            isinstance(call, ast.Call) and ast.unparse(call.func) == "get_visible" and name == ast.unparse(call.args[0])
            for call in ast.walk(parents[chain])
        )
    return isinstance(chain, ast.Call) and isinstance(chain.func, ast.Name) and chain.func.id == "get_visible"


def _enclosing_function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.FunctionDef):
            return node.name
    return ""


def test_no_module_reads_scoped_rows_without_visible_to() -> None:
    declared = sorted((module, read) for module, listed in READS_WITHOUT_READER.items() for read in listed)
    assert sorted(unscoped_reads()) == declared
