"""Creates sample rows for URLs with parameters, for the tests of access rights.

    @sample("/returns/<int:pk>/")
    def a_return(cast):
        return {"pk": factories.return_of("430100").pk}

An address without a sample is asked with a key that nobody has: enough to see who passes the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from enterprises.tables import ENTERPRISES
from enterprises.tests import import_factories as enterprise_imports
from enterprises.tests.return_factories import enterprise
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests.factories import CHANGSHA
from hunan_trade.audit.actions import System
from hunan_trade.intake.actions import opening
from hunan_trade.intake.models import MonthlyReturn
from hunan_trade.lists.attachments.actions import attach
from hunan_trade.lists.tests.attachment_files import PDF
from hunan_trade.lists.tests.import_factories import SAMPLES, received_import
from hunan_trade.periods import Month
from projects.models import Project
from projects.tables import PROJECTS
from projects.tests.factories import (
    decided_batch,
    listed_group,
    listed_project,
    logged_contact,
    project,
    project_pair,
    proposed_increase,
    stepped_project,
    terminated_project,
)
from targets.tests.test_plan_drafts import draft_of

Cast = Mapping[str, User]
SampleMaker = Callable[[Cast], dict[str, Any]]
SAMPLE_MAKERS: dict[str, SampleMaker] = {}


def sample_for(*routes: str) -> Callable[[SampleMaker], SampleMaker]:
    def register(make_sample: SampleMaker) -> SampleMaker:
        SAMPLE_MAKERS.update(dict.fromkeys(routes, make_sample))
        return make_sample

    return register


_RETURN = "/returns/<city:region>/<month:month>/"
_PARTS = ("", "rows/", "workbook/", "nil/", "hand-up/", "rounds/", "upload/")


@sample_for(*(_RETURN + part for part in _PARTS))
def sample_return(cast: Cast) -> dict[str, Any]:
    month = Month(2013, 6)
    opening.open_month(month, by=System())
    return {"region": CHANGSHA, "month": month}


def _june_return(cast: Cast) -> MonthlyReturn:
    keys = sample_return(cast)
    return MonthlyReturn.objects.of_month(keys["month"]).get(region=keys["region"])


_API_RETURN = "/api/v1/returns/<pk>/"


@sample_for(
    "/api/v1/returns/<int:pk>/", *(_API_RETURN + part for part in ("rounds/", "sheets/", "sheets/<sheet>/", "uploads/"))
)
def sample_return_of_api(cast: Cast) -> dict[str, Any]:
    return {"pk": _june_return(cast).pk, "sheet": "city_summary"}


_DRAFT = "/plan/drafts/<int:pk>/"
_NODE = _DRAFT + "nodes/<int:node>/"


@sample_for(*(_DRAFT + part for part in ("", "head/", "continued/", "publish/", "discard/")))
def sample_plan_draft(cast: Cast) -> dict[str, Any]:
    return {"pk": draft_of(by=cast["officer"]).pk}


@sample_for(*(_NODE + part for part in ("", "split/", "join/", "shift/")))
def sample_node_of_plan_draft(cast: Cast) -> dict[str, Any]:
    return sample_plan_draft(cast) | {"node": 1}


_IMPORT_PARTS = ("", "refused/", "table/", "check/", "map/", "write/", "drop/", "undo/")


def sample_import_of(code: str) -> SampleMaker:
    """Return the function that creates an import into a list, which its owner alone sees."""
    return lambda cast: {"pk": received_import(cast["officer"], of=code).pk}


for _code in SAMPLES:
    sample_for(*(f"/{_code}/import/<uuid:pk>/{part}" for part in _IMPORT_PARTS))(sample_import_of(_code))


_ENTERPRISE_IMPORT = "/enterprises/import/<uuid:pk>/"


@sample_for(*(_ENTERPRISE_IMPORT + part for part in _IMPORT_PARTS))
def sample_import_of_enterprises(cast: Cast) -> dict[str, Any]:
    data = enterprise_imports.enterprise_file((f"{CHANGSHA[:4]}960000", "又一厂", CHANGSHA, "进料加工", ""))
    return {"pk": enterprise_imports.received_import(cast["reporter"], data).pk}


_ATTACHMENTS = "/enterprises/<int:pk>/attachments/"


@sample_for(_ATTACHMENTS, f"{_ATTACHMENTS}<uuid:attachment>/remove/", f"/api/v1{_ATTACHMENTS}")
def sample_attachment_of_enterprise(cast: Cast) -> dict[str, Any]:
    firm = enterprise(cast["reporter"])
    found = attach(ENTERPRISES, firm.pk, PDF, "批复.pdf", by=cast["reporter"])
    return {"pk": firm.pk, "attachment": found.pk}


_PROJECT_FILES = "/projects/<projects_code:pk>/attachments/"


@sample_for(_PROJECT_FILES, f"{_PROJECT_FILES}<uuid:attachment>/remove/", f"/api/v1{_PROJECT_FILES}")
def sample_attachment_of_project(cast: Cast) -> dict[str, Any]:
    made = project(cast["reporter"])
    return {"pk": made.code, "attachment": attach(PROJECTS, made.pk, PDF, "合同.pdf", by=cast["reporter"]).pk}


_SIGNING = "/projects/<projects_code:pk>/moves/sign/"


@sample_for(
    _SIGNING,
    f"/api/v1{_SIGNING}",
    "/projects/<projects_code:pk>/follow/",
    "/projects/<projects_code:pk>/unfollow/",
    "/api/v1/projects/<projects_code:pk>/followers/",
)
def sample_project_to_sign(cast: Cast) -> dict[str, Any]:
    return {"pk": project(cast["reporter"]).code}


@sample_for("/projects/terminations/<int:pk>/", "/api/v1/project-terminations/<int:pk>/")
def sample_termination_of_project(cast: Cast) -> dict[str, Any]:
    return {"pk": terminated_project(cast["reporter"]).terminations.get().pk}


@sample_for("/fortune/<int:pk>/", "/api/v1/fortune/<int:pk>/")
def sample_fortune_group(cast: Cast) -> dict[str, Any]:
    return {"pk": listed_group(cast["officer"]).pk}


@sample_for("/projects/duplicates/<int:pk>/", "/api/v1/project-duplicates/<int:pk>/")
def sample_pair_of_projects(cast: Cast) -> dict[str, Any]:
    return {"pk": project_pair(cast["reporter"]).pk}


@sample_for("/projects/stages/<int:pk>/", "/api/v1/project-stages/<int:pk>/")
def sample_step_of_project(cast: Cast) -> dict[str, Any]:
    return {"pk": stepped_project(cast["reporter"], "sign").stage_entries.get().pk}


@sample_for("/projects/increases/<int:pk>/", "/api/v1/project-increases/<int:pk>/")
def sample_increase_of_project(cast: Cast) -> dict[str, Any]:
    return {"pk": proposed_increase(cast["reporter"]).pk}


@sample_for("/projects/contacts/<int:pk>/", "/api/v1/project-contacts/<int:pk>/")
def sample_contact_of_project(cast: Cast) -> dict[str, Any]:
    return {"pk": logged_contact(cast["reporter"]).pk}


@sample_for("/projects/batches/<int:pk>/", "/projects/batches/<int:pk>/edit/", "/api/v1/batches/<int:pk>/")
def sample_batch(cast: Cast) -> dict[str, Any]:
    return {"pk": decided_batch(cast["province_lead"]).pk}


@sample_for("/projects/batches/memberships/<int:pk>/", "/api/v1/batch-memberships/<int:pk>/")
def sample_membership_of_batch(cast: Cast) -> dict[str, Any]:
    """Return a membership of a project that has moved to the reporter's city, which is none of Xiangnan."""
    membership = listed_project(cast["officer"], decided_batch(cast["province_lead"]))
    Project.objects.filter(pk=membership.project_id).update(city=CHANGSHA)
    return {"pk": membership.pk}
