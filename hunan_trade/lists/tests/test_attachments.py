"""Tests which files can be attached to a record, who adds, downloads and removes them, and their history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.http import Http404
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.files.models import StoredFile
from hunan_trade.lists.attachments import actions
from hunan_trade.lists.attachments.file_kind_detection import (
    MAX_BYTES,
    AttachmentRefused,
    detect_file_kind,
    safe_name_with_suffix,
)
from hunan_trade.lists.attachments.views import attachment_response
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.models import Act, Attachment
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.lists.tests import sample_workshop_models
from hunan_trade.lists.tests.attachment_files import JPEG, PDF, PNG, docx_file, with_part, xlsx_file
from hunan_trade.lists.tests.test_record_pages import created, edit, page, save
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from hunan_trade.workbooks.zip_archive import OLE_BEGIN
from parks.models import Park
from parks.tables import PARKS
from targets.tests.plan_and_user_factories import signed_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings: LazySettings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path / "files"
    regions.load_regions()


@pytest.fixture
def officer() -> User:
    return cast.officer()


@pytest.fixture
def client() -> Client:
    return signed_in_client(Role.PROVINCE_OFFICER)


@pytest.fixture
def reader() -> Client:
    return signed_in_client(Role.CITY_REPORTER)


@pytest.fixture
def park() -> Park:
    return created()


def attach(park: Park, by: User, data: bytes = PDF, name: str = "批复.pdf") -> Attachment:
    next_transaction()
    found = actions.attach(PARKS, park.pk, data, name, by=by)
    next_transaction()
    return found


def send(client: Client, park: Park, data: bytes, name: str) -> Any:
    return client.post(f"/parks/{park.pk}/attachments/", {"file": SimpleUploadedFile(name, data)})


def stored_files(settings: LazySettings) -> list[Path]:
    return [path for path in Path(settings.FILES_DIR).rglob("*") if path.is_file()]


# --- What is taken --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "kind"),
    [(PDF, "pdf"), (JPEG, "jpg"), (PNG, "png"), (docx_file(), "docx"), (xlsx_file(), "xlsx"), (JPEG + b"x" * 5000, "jpg")],
)  # fmt: skip
def test_a_file_is_known_by_its_content_and_not_by_its_name(data: bytes, kind: str) -> None:
    assert detect_file_kind(data, "样张.exe") == kind


def _refused() -> Iterator[tuple[bytes, str]]:
    yield b"", "是空的"
    yield PDF + b" " * MAX_BYTES, "超过 20 MB"
    yield b"<html><script>alert(1)</script></html>", "不是能收的文件"
    yield b"MZ" + PDF, "不是能收的文件"
    yield PDF[:-8], "已损坏或不完整"
    yield PNG[:-8], "已损坏或不完整"
    yield OLE_BEGIN + b"\0" * 600, "是旧的 .doc"
    yield OLE_BEGIN + "EncryptedPackage".encode("utf-16-le"), "设有打开密码"
    yield with_part(docx_file(), "word/vbaProject.bin"), "带有宏"
    yield with_part(xlsx_file(), "xl/vbaProject.bin"), "带有宏"
    yield with_part(docx_file(), "word/settings2.xml", b"<!DOCTYPE a><a/>"), "已损坏或不完整"
    yield with_part(docx_file(), "word/big.xml", b"<a/>" + b" " * 60_000_000), "展开后过大"
    yield docx_file()[:-100], "已损坏或不完整"
    yield with_part(b"", "a.txt"), "不是 .docx 或 .xlsx"


@pytest.mark.parametrize(("data", "why"), list(_refused()), ids=lambda value: value if isinstance(value, str) else "")
def test_another_file_is_refused_by_name_with_one_sentence_and_nothing_is_stored(
    client: Client, park: Park, settings: LazySettings, data: bytes, why: str
) -> None:
    answer = send(client, park, data, "附件甲.pdf")
    text = answer.content.decode()
    assert answer.status_code == 422 and f"“附件甲.pdf”{why}" in text
    assert not Attachment.objects.exists() and not StoredFile.objects.exists() and not stored_files(settings)
    assert not Act.objects.filter(kind=Act.Kind.ATTACHED).exists()


def test_the_page_of_a_refusal_is_the_record_with_links_that_still_work(client: Client, park: Park) -> None:
    text = send(client, park, b"x", "a.pdf").content.decode()
    assert f'href="/parks/{park.pk}/edit/"' in text and f'action="/parks/{park.pk}/attachments/"' in text
    assert client.post(f"/parks/{park.pk}/attachments/").status_code == 422


@pytest.mark.parametrize(
    ("name", "kind", "stored"),
    [
        ("合同.PDF", "pdf", "合同.PDF"), ("照片.jpeg", "jpg", "照片.jpeg"), ("合同.exe", "pdf", "合同.exe.pdf"),
        ('a/b"\r\n.pdf', "pdf", "a_b_.pdf"), ("\u202efdp.exe", "png", "_fdp.exe.png"), ("", "pdf", "附件.pdf"),
    ],
)  # fmt: skip
def test_a_name_is_made_safe_and_ends_with_the_suffix_of_the_content(name: str, kind: str, stored: str) -> None:
    assert safe_name_with_suffix(name, kind) == stored


# --- Adding, downloading, removing ----------------------------------------------------------------------------------
def test_an_attachment_is_listed_with_its_hash_and_downloaded_but_never_shown(
    client: Client, reader: Client, park: Park, settings: LazySettings
) -> None:
    assert send(client, park, PDF, "批复 一.pdf").url == f"/parks/{park.pk}/"
    found = Attachment.objects.get()
    text = page(reader, f"/parks/{park.pk}/")
    assert "批复 一.pdf" in text and found.file_id in text and found.added.by_name in text and "添加附件" in text
    answer = reader.get(f"/parks/{park.pk}/attachments/{found.pk}/")
    assert b"".join(answer) == PDF and answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    event = Event.objects.get(verb="file.downloaded")
    assert event.after == {"name": "批复 一.pdf", "sha256": found.file_id} and event.object_id == str(found.pk)
    assert Event.objects.get(verb="attachment.added").object_label == park.name


def test_who_sees_the_record_but_may_not_edit_it_neither_adds_nor_removes(
    reader: Client, officer: User, park: Park
) -> None:
    found = attach(park, officer)
    text = page(reader, f"/parks/{park.pk}/")
    assert "multipart/form-data" not in text and "移除" not in text
    assert send(reader, park, PNG, "a.png").status_code == 403
    assert reader.post(f"/parks/{park.pk}/attachments/{found.pk}/remove/", {"reason": "x"}).status_code == 403
    assert Attachment.objects.current().count() == 1


def test_who_does_not_see_the_record_gets_no_attachment(officer: User, park: Park) -> None:
    found = attach(park, officer)
    keeper = signed_in_client(Role.ADMINISTRATOR)
    assert keeper.get(f"/parks/{park.pk}/attachments/{found.pk}/").status_code == 403
    assert signed_in_client(Role.CITY_LEAD).get(f"/parks/{park.pk + 1}/attachments/{found.pk}/").status_code == 404


def test_an_attachment_of_another_citys_record_does_not_exist(officer: User, park: Park) -> None:
    sample_workshop_models.create_history_table()
    sample_workshop_models.add_version(7, 1, cast.CHENZHOU, clock.now(), None)
    listing, found = replace(sample_workshop_models.WORKSHOPS, attachments=True), attach(park, officer)
    of_workshop = Attachment.objects.create(
        listing="workshops", record=7, file=found.file, name="a.pdf", kind="pdf", added=found.added
    )
    own: Any = attachment_response(listing, cast.reporter(cast.CHENZHOU), 7, of_workshop.pk)
    with own.file_to_stream:
        assert b"".join(own) == PDF
    with pytest.raises(Http404):
        attachment_response(listing, cast.reporter(cast.CHANGSHA), 7, of_workshop.pk)


def test_an_attachment_of_another_record_or_list_is_not_found(client: Client, officer: User, park: Park) -> None:
    other = created(name="另一园区")
    found = attach(park, officer)
    assert client.get(f"/parks/{other.pk}/attachments/{found.pk}/").status_code == 404
    assert client.post(f"/parks/{other.pk}/attachments/{found.pk}/remove/", {"reason": "x"}).status_code == 404
    foreign = Attachment.objects.create(
        listing="firms", record=park.pk, file=found.file, name="a.pdf", kind="pdf", added=found.added
    )
    assert client.get(f"/parks/{park.pk}/attachments/{foreign.pk}/").status_code == 404


def test_a_removed_attachment_stays_in_the_history_and_can_be_downloaded_there(
    client: Client, officer: User, park: Park
) -> None:
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        found = attach(park, officer)
    with clock.frozen_at(clock.at(date(2013, 7, 3), 9)):
        next_transaction()
        address = f"/parks/{park.pk}/attachments/{found.pk}/"
        assert client.post(address + "remove/", {"reason": ""}).status_code == 409
        assert client.post(address + "remove/", {"reason": "传错了"}).status_code == 302
        next_transaction()
        assert client.post(address + "remove/", {"reason": "再来"}).status_code == 409
        assert b"".join(client.get(address)) == PDF
        now, then = page(client, f"/parks/{park.pk}/"), page(client, f"/parks/{park.pk}/?as_of=2013-06-30")
        before, after = (page(client, f"/parks/{park.pk}/?as_of=2013-{day}") for day in ("06-02", "07-03"))
    assert "没有附件" in now and "移除附件" in now and "传错了" in now and now.count(address) == 2
    assert '<span class="count">1</span>' in then and "移除这个附件" not in then
    assert "没有附件" in before and "没有附件" in after
    assert Event.objects.get(verb="attachment.removed").reason == "传错了"


def test_the_timeline_has_changes_and_attachments_in_the_order_of_time(
    client: Client, officer: User, park: Park
) -> None:
    """Attachments are the rows that hang on a record, each with the act that added it (traps H5)"""
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        attach(park, officer)
    with clock.frozen_at(clock.at(date(2013, 6, 4), 9)):
        edit(park, note="改过")
    entries = client.get(f"/parks/{park.pk}/").context["page"].entries
    assert [entry.what for entry in entries] == ["修改", "添加附件", "登记"]
    assert entries[1].who == officer.name


def test_an_attachment_leaves_the_version_of_its_record(officer: User, park: Park) -> None:
    """It is no part of what the record's address sends, and whoever edits beside it overwrites nothing (traps W2)"""
    api = Client(headers=cast.bearer_headers(officer, "register"))
    before = api.get(f"/api/v1/parks/{park.pk}/")
    attach(park, officer)
    after = api.get(f"/api/v1/parks/{park.pk}/")
    assert (after["ETag"], after.json()) == (before["ETag"], before.json())
    edit(park, note="同时在改")
    assert Attachment.objects.of_record("parks", park.pk).count() == 1


def test_the_attachments_of_a_deleted_record_are_still_there_and_no_more_are_taken(
    client: Client, officer: User, park: Park
) -> None:
    found = attach(park, officer)
    save(RecordChange({}, park.pk, 1, is_deletion=True), Act.Kind.DELETED)
    assert b"".join(client.get(f"/parks/{park.pk}/attachments/{found.pk}/")) == PDF
    assert send(client, park, PNG, "a.png").status_code == 404
    assert "批复.pdf" in page(client, f"/parks/{park.pk}/")
    token = Client(headers=cast.bearer_headers(officer, "register"))
    assert token.get(f"/api/v1/parks/{park.pk}/attachments/").status_code == 410
    assert b"".join(token.get(f"/api/v1/parks/{park.pk}/attachments/{found.pk}/")) == PDF


def test_the_same_content_is_not_attached_twice(officer: User, park: Park) -> None:
    attach(park, officer)
    with pytest.raises(AttachmentRefused, match="内容相同的附件“批复"):
        attach(park, officer, name="又一份.pdf")
    attach(created(name="另一园区"), officer)


def test_a_record_has_fifty_attachments_at_most(officer: User, park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MAX_COUNT", 2)
    first = attach(park, officer, PDF)
    attach(park, officer, PNG, "a.png")
    with pytest.raises(AttachmentRefused, match="最多 2 个附件"):
        attach(park, officer, JPEG, "b.jpg")
    actions.mark_attachment_removed(PARKS, first, by=officer, reason="不用")
    attach(park, officer, JPEG, "b.jpg")


def test_an_account_uploads_so_many_a_day_and_no_more(officer: User, park: Park, settings: LazySettings) -> None:
    settings.UPLOADS_A_DAY = 1
    attach(park, officer)
    with pytest.raises(AttachmentRefused, match="今天已上传 1 个附件"):
        attach(park, officer, PNG, "a.png")
    attach(park, cast.officer(), PNG, "a.png")


def test_the_database_lets_an_attachment_change_only_by_its_removal(officer: User, park: Park) -> None:
    found = attach(park, officer)
    for change in ({"name": "x.pdf"}, {"record": 1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Attachment.objects.filter(pk=found.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Attachment.objects.filter(pk=found.pk).delete()
    actions.mark_attachment_removed(PARKS, found, by=officer, reason="不用")
    with pytest.raises(DatabaseError), transaction.atomic():
        Attachment.objects.filter(pk=found.pk).update(removed=None)


def test_lists_with_attachments_keep_a_history_and_are_edited() -> None:
    lists = [listing for listing in declared() if listing.attachments]
    assert lists and all(listing.has_history and listing.editing for listing in lists)
