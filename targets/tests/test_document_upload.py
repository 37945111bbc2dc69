"""Tests how uploaded documents are parsed in a child process, or refused with a reason."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.workbooks.zip_archive import Limits
from targets.document_parser import read_plan
from targets.drafting import actions, isolated_document_reader
from targets.drafting.models import PlanDraft
from targets.tests.plan_and_user_factories import create_user, signed_in_client
from targets.tests.test_plan_drafts import PLAN, upload

DOCUMENTS = Path(__file__).parent / "reading"


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    return create_user()


@pytest.mark.parametrize(
    "path", sorted(DOCUMENTS.glob("*.txt"))[:4] + sorted(DOCUMENTS.glob("*.docx"))[:2], ids=lambda path: path.stem
)
def test_documents_are_read_in_the_sandbox_as_without_it(officer: User, path: Path) -> None:
    draft = actions.create_draft_from_document(data=path.read_bytes(), name=path.name, by=officer)
    known = sorted(actions.names_to_look_for())
    own = {"kind": "", "scope": ""}
    assert [{**node, **own} for node in draft.nodes] == [
        {**node.as_json(), **own} for node in read_plan(path.read_bytes(), known).nodes
    ]
    assert signed_in_client(Role.PROVINCE_LEAD).get(f"/plan/drafts/{draft.pk}/").status_code == 200


def zip_of_parts(parts: dict[str, bytes]) -> bytes:
    """Return a zip archive with these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return stream.getvalue()


WORD = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
DTD = b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]>'
ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600  # how a Word file with a password begins
HOSTILE = {
    "bomb": (zip_of_parts({"word/document.xml": WORD + b"<w:p>" * (12 << 20)}), "过大|损坏|读完|无法"),
    "dtd": (zip_of_parts({"word/document.xml": DTD + WORD}), "DTD"),
    "encrypted": (ENCRYPTED, "文件"),
    "truncated": (zip_of_parts({"word/document.xml": WORD})[:-40], "损坏"),
    "macro": (zip_of_parts({"word/document.xml": WORD, "word/vbaProject.bin": b"x"}), "宏"),
    "workbook": (zip_of_parts({"xl/workbook.xml": b"<a/>"}), "不是 Word 文档"),
    "empty": (b"", "空的"),
    "large": (b" " * (isolated_document_reader.FILE_BYTES + 1), "超过 10 MB"),
    "noise": (bytes(range(256)) * 40, "文件"),
    "reply": ("关于某事项的复函\n某市商务局：\n你局来函收悉。经研究，现函复如下：同意。\n2014年3月1日".encode(), ""),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_is_no_plan_is_refused_with_the_reason_at_the_file_field(kind: str) -> None:
    regions.load_regions()
    data, reason = HOSTILE[kind]
    answer = upload(signed_in_client(Role.PROVINCE_OFFICER), data, "要点.docx")
    page = answer.content.decode()
    assert answer.status_code == 422 and not PlanDraft.objects.exists()
    found = re.search(r'class="field-error">(.*?)</p>', page)
    assert found and re.search(reason, found[1]) and "工作簿" not in found[1] and "Excel" not in found[1], found


def test_a_document_that_exceeds_the_memory_or_cpu_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for limits in (Limits(memory_bytes=64 << 20), Limits(cpu_seconds=1)):
        monkeypatch.setattr(isolated_document_reader, "_LIMITS", limits)
        with pytest.raises(isolated_document_reader.DocumentRefused, match="限定的时间和内存"):
            isolated_document_reader.parse_document_in_child_process(PLAN.encode() * 4_000, [])


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["sleep", "spin"])
def test_a_document_that_takes_more_than_ten_seconds_is_refused_with_that_reason(
    monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    monkeypatch.setattr(isolated_document_reader, "_CHILD", "hunan_trade.workbooks.tests.misbehaving_child")
    assert (isolated_document_reader._LIMITS.cpu_seconds, isolated_document_reader._LIMITS.wall_seconds) == (10, 10)
    with pytest.raises(isolated_document_reader.DocumentRefused, match=r"文件 10 秒还没有读完.*只留要点正文"):
        isolated_document_reader.parse_document_in_child_process(deed.encode(), [])


def test_text_files_in_utf_8_gb18030_and_utf_16_are_read_alike(officer: User) -> None:
    texts = [
        actions.create_draft_from_document(data=PLAN.encode(name), name="要点.txt", by=officer).text_digest
        for name in ("utf-8", "utf-8-sig", "gb18030", "utf-16")
    ]
    assert len(set(texts)) == 1
