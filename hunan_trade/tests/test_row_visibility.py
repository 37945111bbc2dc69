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
from hunan_trade.indicators.tests.factories import decided_rate, decided_source
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round, Upload
from hunan_trade.intake.tests.return_helpers import decided_threshold
from hunan_trade.jobs.actions import enqueue
from hunan_trade.lists.downloads.download_jobs import request_download
from hunan_trade.lists.downloads.list_files import DownloadQuery
from hunan_trade.lists.models import SavedView, group_of
from hunan_trade.lists.tests.import_factories import received_import
from hunan_trade.testing.demo_database import DemoDatabase
from hunan_trade.tests.test_house import code_files
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
from targets.drafting.actions import read_document
from targets.tests.test_drafts import PLAN

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
        rows.filter(region=group_of(user) or "").values_list("pk", flat=True)
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
        SavedView.objects.create(listing="parks", title="一", owner=user, region_id=group_of(user))
    received_import(officer)
    decided_threshold(officer)
    decided_source(officer)
    decided_rate(officer)
    decided_counting(officer)
    closed_year(officer)
    decided_batch_threshold(User.objects.get(username="lead1"))
    request_download(DownloadQuery.from_address(PARKS, officer, QueryDict("")), by=officer)
    enqueue("returns.open", {}, key="of nobody", by=System())
    _void(Report.objects.issued().latest("pk"), officer)
    _add_draft(Report.objects.latest("pk"))
    read_document(data=PLAN.encode(), name="要点.txt", by=officer)
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


# Functions that read such rows for no reader in particular, by what makes that right.
READS_WITHOUT_READER = {
    # figures of regions that the calling page or job names, and that page asked for by its own permission
    "enterprises/intake.py": ["load_history ProcessingTrade", "count_rows Enterprise"],
    "enterprises/queries.py": [
        "_cumulative_trade_of_several ProcessingTrade",
        "_largest_enterprise_ids ProcessingTrade",
        "cumulative_trade ProcessingTrade",
        "attach_trade ProcessingTrade",
        "city_register Enterprise",
        "city_register Enterprise",
        "city_register EnterpriseHistory",
        "trade_history ProcessingTrade",
    ],
    "hunan_trade/indicators/models.py": ["newest_versions Observation"],
    "hunan_trade/indicators/queries.py": ["_values_of_sources Observation"],
    # the province's reports, written from everything that is accepted
    "reporting/corrections.py": ["_printed_observations Observation", "_versions_by_series Observation"],
    "reporting/common_facts.py": [
        "_attach_cell_origins ProcessingTrade",
        "accepted_rounds Round",
        "count_in_included_cities Enterprise",
        "excluded_cities MonthlyReturn",
        "return_facts MonthlyReturn",
        "return_facts Round",
        "attach_origins Observation",
    ],
    "reporting/report_page.py": ["build_report_page Round"],
    "reporting/provenance.py": ["_observed_chain Round"],
    "reporting/queries.py": ["previous_content Report", "changes_since_draft Round"],
    "reporting/filters.py": ["_years Report"],
    "reporting/tasks.py": ["_needs_draft Report", "request_due_drafts MonthlyReturn"],
    # the province's queue of review, and the return that get_visible has found before
    "hunan_trade/intake/queries.py": ["review_queue MonthlyReturn", "missing_returns MonthlyReturn"],
    "hunan_trade/intake/filters.py": ["_years MonthlyReturn"],  # of all cities, which file the same months
    "hunan_trade/intake/review_page.py": ["review_page MonthlyReturn"],
    "hunan_trade/intake/row_versions.py": ["_own_versions Upload"],
    "hunan_trade/intake/views_review.py": ["_redirect_to_next MonthlyReturn"],
    "hunan_trade/intake/api_filling.py": ["_stale_response MonthlyReturn"],
    # names that are looked for in the province's own document
    "enterprises/names_for_plan_search.py": ["enterprise_names Enterprise"],
    "events/names_for_plan_search.py": ["event_names Event"],
    "parks/names_for_plan_search.py": ["park_names Park"],
    # batches and rules that are the same for all; memberships of the project whose page was opened
    "projects/batches/entrants.py": ["decided_thresholds BatchThreshold"],
    "projects/batches/filters.py": ["_items Batch", "batches Batch"],
    "projects/batches/tables.py": ["_memberships_of BatchMembership"],
    "projects/counting/count_observations.py": [
        "_count Project",
        "_observed_counts Observation",
        "correct_group_counts FortuneGroup",
        "correct_group_counts Observation",
        "_judge_groups_again Project",
    ],  # of the cities that changed
    # which plan years are closed is the same for all
    "projects/closed_years/queries.py": ["is_closed YearClosing", "newest_closings YearClosing"],
    # the projects of a group, of any city, of which a city is told nothing
    "projects/fortune/verdicts.py": [
        "fortune_verdicts Project",
        "list_is_loaded FortuneGroup",
        "loaded_lists FortuneGroup",
        "lock_groups_of Project",
        "wrongly_judged Project",
    ],
    "projects/counting/verdicts.py": [
        "counting_rules CountingDecision",
        "facts_of Project",
    ],  # rules that are the same for all
    "projects/dates/date_history.py": ["date_changes ProjectHistory"],  # of the project whose page was opened
    "projects/progress/tables.py": ["_months_of ProjectMonth"],
    # of the city whose return is filled in, reviewed or accepted
    "projects/progress/register.py": [
        "_accepted_months ProjectMonth",
        "_accepted_rounds Round",
        "_earlier_returns Exemption",
        "_earlier_returns MonthlyReturn",
        "_paid_before ProjectMonth",
        "_projects Project",
        "_projects ProjectHistory",
        "_steps StageEntry",
        "_steps StageEntryHistory",
        "count_rows Project",
        "count_rows StageEntry",
        "lock_register Project",
        "lock_register Project",
    ],
    "projects/filters.py": [
        "_listed_years FortuneGroup",
        "_parks Park",
        "_decided_years CountingDecision",
    ],  # a register that is the same for all
    # the plan is one for all who read it, and its pages ask plan.see
    "events/filters.py": ["_items Event", "_years Event"],
    "hunan_trade/home/province.py": ["_late_tasks PlanItem"],
    "targets/models.py": ["in_newest_plan WorkPlan", "current WorkPlan"],
    "targets/filters.py": ["_rosters Roster", "_years Roster"],
    "targets/drafting/queries.py": ["draft_page WorkPlan"],
    "targets/drafting/carried_over_facts.py": ["roster_facts Roster", "roster_facts Target", "target_facts Target"],
    "targets/continued_items.py": ["newest_rows PlanItem"],
    "targets/dropped_items.py": [
        "as_dropped_items PlanItem",
        "as_dropped_items Target",
        "items_dropped_so_far PlanItem",
        "items_dropped_so_far ItemIdentity",
    ],
    "targets/queries.py": [
        "prefetch_facts Roster",
        "prefetch_facts RosterEntry",
        "prefetch_facts TaskState",
        "row_in_current_version TaskState",
        "row_in_current_version WorkPlan",
        "item_page PlanItem",
        "item_page PlanItem",
        "_read_statuses WorkPlan",
        "plan_target_statuses RosterEntry",
        "plan_target_statuses Target",
        "current_plan_tree WorkPlan",
        "plan_tree PlanItem",
    ],
    # views of the writer's own group, or the one that get_visible has found before
    "hunan_trade/lists/pages/saved_views.py": [
        "_locked SavedView",
        "save_view SavedView",
        "save_view SavedView",
        "set_default SavedView",
        "set_default SavedView",
        "update_view SavedView",
    ],
    # a secret's own row; counts for the keepers' desk; the worker's own job
    "hunan_trade/accounts/tokens.py": ["find_token_even_invalid Token", "record_use Token"],
    "hunan_trade/intake/guard_facts.py": ["guard_facts Exemption"],
    "hunan_trade/home/administration.py": ["_tokens_item Token"],
    "hunan_trade/jobs/expired_data.py": ["delete_old_jobs Job"],
    "hunan_trade/lists/downloads/download_jobs.py": ["delete_expired_downloads ListDownload"] * 2,
    "hunan_trade/jobs/lease.py": ["_row Job"],
    "hunan_trade/jobs/system_health.py": ["time_since_seen Job"],
    # decisions and lists that are the same for all; projects that are judged, whoever changed another one; projects and steps
    # of those that the reader may see, or of all for the province's reports
    "hunan_trade/indicators/queries_decisions.py": ["source_decisions SourceDecision", "year_rate YearRate"],
    "hunan_trade/intake/queries_thresholds.py": ["decisions_read_once Threshold", "values_of_month Threshold"],
    "projects/closed_years/tables.py": ["_decided_years YearClosing"],
    "projects/counting/judging.py": ["follow_verdicts Project"],
    "projects/counting/source_comparison.py": ["source_comparisons FortuneGroup"],
    "projects/duplicates/candidates.py": [
        "_create ProjectPair",
        "_pairs_of ProjectPair",
        "record_candidates ProjectPair",
        "record_candidates ProjectPair",
    ],
    "projects/duplicates/compared_projects.py": ["compared_projects Project"],
    "projects/duplicates/linked_projects.py": ["load_links ProjectPair", "lock_with_linked Project"],
    "projects/funnel/funnel_page.py": ["_steps StageEntry", "_steps StageEntryHistory"],
    "projects/register_figures.py": ["_amounts ProjectHistory", "_amounts StageEntryHistory", "_paid_in ProjectMonth"],
    "projects/stages/stage_facts.py": ["_paid_in_share ProjectMonth"],
    "reporting/switched_sources.py": ["switches_of_earlier_years SourceDecision"],
    "targets/drafting/draft_to_plan.py": ["plan_facts RosterIdentity"],
}


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
