"""Tests that docs/stores.md names every store of data, and where a corrected value still remains (traps L2)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils.module_loading import import_string

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.files.models import StoredFile
from hunan_trade.intake.tests.return_requests_and_workbooks import signed_in_client
from hunan_trade.jobs import broker
from hunan_trade.lists import declaration
from hunan_trade.lists.downloads import list_file_writer
from hunan_trade.lists.imports import actions as imports
from hunan_trade.lists.models import Import, ListDownload
from hunan_trade.lists.tests.import_factories import csv_file
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction
from parks.models import Park
from parks.tables import PARKS

PHONE = "13987654321"
TABLE = (settings.BASE_DIR / "docs" / "stores.md").read_text()
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if line.startswith("| ")][
    1:
]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# --- The table ------------------------------------------------------------------------------------------------------
def test_every_table_of_the_database_has_its_line(db: None) -> None:
    named = [name for store, *_ in LINES for name in code(store)]
    assert set(named) == set(connection.introspection.table_names()), "docs/stores.md says what each holds"
    assert {name for name in named if named.count(name) > 1} == {"lists_import"}, "one line each"
    assert all(len(line) == 4 and all(line) for line in LINES)


def test_whoever_opens_a_list_is_named_beside_its_table() -> None:
    rights = {name: code(who) for store, _, who, _ in LINES for name in code(store)}
    named = {right for found in rights.values() for right in found}
    assert named <= {str(permission) for permission in Permission}
    for listing in declaration.declared():
        assert str(listing.see) in rights[listing.model._meta.db_table], listing.code


def test_the_days_are_those_of_the_settings_and_all_deletions_are_named() -> None:
    for *_, stays in LINES:
        for number, unit, name in re.findall(r"(\d+) (days|hours) \(`([\w.]+)`\)", stays):
            if name == "form_drafts.js":
                script = (settings.BASE_DIR / "static" / "js" / name).read_text()
                assert f"DAYS = {number};" in script
                continue
            kept: Any = import_string(name) if "." in name else getattr(settings, name)
            assert kept == timedelta(**{unit: int(number)}), name
    titles = re.findall("「([^」]+)」", "".join(stays for *_, stays in LINES))
    assert set(titles) == set(settings.HOUSEKEEPING)


# --- A corrected value ----------------------------------------------------------------------------------------------
@pytest.fixture
def private_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the notes of parks be personal data that officers may see."""
    columns = tuple(
        replace(each, see=Permission.MAINTAIN_REGISTERS) if each.key == "note" else each for each in PARKS.columns
    )
    known = {**declaration._declared(), "parks": replace(PARKS, columns=columns)}
    monkeypatch.setattr(declaration, "_declared", lambda: known)


def stores_with(text: str) -> set[str]:
    """Return the tables and file kinds in which a text stands anywhere."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            spelled = [f"%{text}%", f"%{text.encode().hex()}%"]
            cursor.execute(f'SELECT 1 FROM "{table}" AS t WHERE t::text LIKE ANY (%s) LIMIT 1', [spelled])
            found |= {table} if cursor.fetchone() else set()
    for stored in StoredFile.objects.all():
        data = stored.read()
        if data[:2] == b"PK":
            book = openpyxl.load_workbook(BytesIO(data))
            data = str([list(sheet.iter_rows(values_only=True)) for sheet in book]).encode()
        found |= {"files"} if text.encode() in data else set()
    return found


def write_everywhere(client: Client, officer: User) -> Park:
    """Write the telephone number by form, API, import and bulk edit, and download the list."""
    park = {"name": "长沙试验园", "city": "430100", "kind": "park", "level": "county", "certainty": "seen"}
    client.post("/parks/new/", {**park, "note": PHONE, "idempotency_key": "0" * 32})
    token = Client(headers={**cast.bearer_headers(officer, "register"), "Idempotency-Key": "1234567890"})
    made = token.post(
        "/api/v1/parks/", {**park, "name": "接口园", "note": PHONE, "as_of_2013": True}, content_type="application/json"
    )
    assert made.status_code == 201, made.content
    rows = (
        ("导入园", "长沙市", "园区", "县级", "待核", PHONE, ""),
        ("坏园", "长沙市", "园区", "县级", "待核", PHONE + "字" * 121, ""),
    )
    found = imports.receive(PARKS, csv_file(*rows), "园区.csv", by=officer)
    imports.check(PARKS, found, by=officer, seen=1, fills={"as_of_2013": False})
    next_transaction()
    imports.confirm(PARKS, found, by=officer, seen=found.version, choices={})
    next_transaction()
    first = Park.objects.get(name="长沙试验园")
    edit = client.post(f"/parks/bulk/?pick={first.pk}", {"note__how": "set", "note": f"电话{PHONE}", "reason": "核对"})
    client.post(edit["Location"])
    client.post("/parks/download/?q=园&format=xlsx")
    return first


def test_a_corrected_telephone_number_is_found_in_the_history_alone(
    db: None, private_notes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(traps L2)"""
    regions.load_regions()
    monkeypatch.setattr(broker, "announce_job", lambda job_id: True)
    monkeypatch.setattr(list_file_writer, "LIMIT", 0)
    officer = cast.officer()
    write_everywhere(signed_in_client(officer), officer)
    assert ListDownload.objects.exists() and Import.objects.get().state == "written"
    assert {"parks_park", "parks_parkhistory", "lists_import", "lists_bulkedit", "web_storedresponse", "files"} <= (
        stores_with(PHONE)
    )
    for park in Park.objects.all():
        next_transaction()
        answer = signed_in_client(officer).get(f"/parks/{park.pk}/edit/")
        form = answer.context["form"]
        sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
        signed_in_client(officer).post(
            f"/parks/{park.pk}/edit/", {**sent, "note": "", "idempotency_key": f"{park.pk:032}"}
        )
    assert not Park.objects.exclude(note="").exists()
    for name in ("UPLOADS_KEPT", "IMPORTS_KEPT", "BULK_EDITS_KEPT", "LIST_DOWNLOADS_KEPT", "JOBS_KEPT"):
        monkeypatch.setattr(settings, name, timedelta(seconds=-1))
    monkeypatch.setattr("hunan_trade.web.models_idempotency.LIFETIME", timedelta(seconds=-1))
    for path in settings.HOUSEKEEPING.values():
        import_string(path)()
    assert stores_with(PHONE) == {"parks_parkhistory"}
