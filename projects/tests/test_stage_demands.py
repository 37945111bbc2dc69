"""Tests the documents and the paid-in share that stages demand, on the page, in the actions and over the API."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.lists.attachments import actions
from hunan_trade.lists.attachments.file_kind_detection import AttachmentRefused
from hunan_trade.lists.models import Attachment
from hunan_trade.lists.tests.attachment_files import PDF, PNG
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workflow import MoveRefused
from projects.models import Project, ProjectMonth
from projects.stages.actions import enter_step
from projects.tables import PROJECTS
from projects.tests.factories import COMPLETE, project, stepped_project, with_approval, with_paid_in
from reporting.tests.factories import logged_in_client

pytestmark = pytest.mark.django_db
LANDED, PRODUCED = date(2013, 6, 3), date(2013, 7, 1)


@pytest.fixture
def reporter() -> User:
    return cast.reporter()


def signed_project(by: User) -> Project:
    """Create an industrial project that lacks only the approval of its environmental impact for its landing."""
    made = project(by, **COMPLETE, area=f"{str(by.region_id)[:4]}02")
    enter_step(pk=made.pk, name="sign", by=by, seen=None, effective_on=made.intended_on)
    next_transaction()
    return made


def enter(made: Project, name: str, on: date, by: User) -> None:
    enter_step(pk=made.pk, name=name, by=by, seen=None, effective_on=on)


def test_a_landing_is_refused_until_its_document_is_attached_and_again_once_it_is_removed(reporter: User) -> None:
    made = signed_project(reporter)
    actions.attach(PROJECTS, made.pk, PNG, "现场.png", by=reporter)
    with pytest.raises(MoveRefused, match="缺环评批复"):
        enter(made, "land", LANDED, reporter)
    next_transaction()
    with_approval(made, reporter)
    next_transaction()
    approval = Attachment.objects.get(document="eia")
    actions.mark_attachment_removed(PROJECTS, approval, by=reporter, reason="传错")
    with pytest.raises(MoveRefused, match="缺环评批复"):
        enter(made, "land", LANDED, reporter)
    next_transaction()
    with_approval(made, reporter)
    enter(made, "land", LANDED, reporter)


def test_the_page_leads_to_the_attachments_and_asks_what_the_file_is(reporter: User) -> None:
    client, made = logged_in_client(reporter), signed_project(reporter)
    address = f"/projects/{made.code}/"
    page = client.get(address).content.decode()
    assert f'href="{address}#attachments">缺环评批复</a>' in page and '<option value="eia">环评批复</option>' in page
    wrong = {"file": SimpleUploadedFile("批复.pdf", PDF), "document": "permit"}
    assert client.post(f"{address}attachments/", wrong).status_code == 422
    sent = {"file": SimpleUploadedFile("批复.pdf", PDF), "document": "eia"}
    assert client.post(f"{address}attachments/", sent).status_code == 302
    page = client.get(address).content.decode()
    assert "缺环评批复" not in page and '<span class="second">环评批复</span>' in page


def test_the_api_takes_and_names_the_document_and_refuses_an_unknown_one(reporter: User) -> None:
    client, made = Client(), signed_project(reporter)
    headers = cast.bearer_headers(reporter, Token.Scope.REGISTER)
    address = f"/api/v1/projects/{made.code}/attachments/"
    for document, status in (("permit", 400), ("eia", 201)):
        form = {"file": SimpleUploadedFile("批复.pdf", PDF), "document": document}
        answer = client.post(address, form, headers={**headers, "Idempotency-Key": f"send-{document}"})
        assert answer.status_code == status, answer.content.decode()
    (found,) = client.get(address, headers=headers).json()["results"]
    assert (found["document"], found["name"]) == ("eia", "批复.pdf")


def test_a_document_that_the_list_does_not_know_is_refused(reporter: User) -> None:
    made = signed_project(reporter)
    with pytest.raises(AttachmentRefused, match="没有这种文件"):
        actions.attach(PROJECTS, made.pk, PDF, "批复.pdf", by=reporter, document="permit")


def test_production_is_refused_below_the_demanded_share_of_capital(reporter: User) -> None:
    made = stepped_project(reporter, "sign", "land", confirmed_by=cast.officer(), intended_on=LANDED)
    with pytest.raises(MoveRefused, match="累计到位资金不低于合同 25%"):
        enter(made, "produce", PRODUCED, reporter)
    with_paid_in(made, reporter)
    contracted = made.contracted_total_cny or Decimal(0)
    for share, refused in (("0.2499", True), ("0.25", False)):
        ProjectMonth.objects.filter(project=made).update(paid_in_cny=contracted * Decimal(share))
        if refused:
            with pytest.raises(MoveRefused, match=r"现 24\.99%"):
                enter(made, "produce", PRODUCED, reporter)
        else:
            enter(made, "produce", PRODUCED, reporter)
