"""Tests imports and exports of the register of enterprises, by the province and by cities."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enterprises.actions import save_enterprises
from enterprises.models import Enterprise, EnterpriseHistory, Mode
from enterprises.tables import ENTERPRISES
from enterprises.tests import return_factories
from enterprises.tests.import_factories import checked_import, confirm, enterprise_file
from hunan_trade.accounts.models import User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.tests.return_requests_and_workbooks import signed_in_client
from hunan_trade.lists.editing import undo
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.testing.libreoffice import edit_in_libreoffice
from hunan_trade.testing.transaction_simulation_and_waiting import next_transaction

pytestmark = pytest.mark.django_db
WITHOUT_CITY = ("海关编码", "企业名称", "贸易方式")


@pytest.fixture(autouse=True)
def places() -> None:
    regions.load_regions()


# --- A city's own file ----------------------------------------------------------------------------------------------
def test_a_city_imports_its_own_enterprises_without_a_column_for_the_city() -> None:
    reporter = cast.reporter(cast.CHANGSHA)
    firm = return_factories.enterprise(reporter, name="湘江玩具")
    rows = ((firm.customs_code, "湘江玩具厂", "来料加工、进料加工"), ("４３０１９６８８８８", "麓山电子", "进料加工"))
    next_transaction()
    found = checked_import(reporter, enterprise_file(*rows, head=WITHOUT_CITY), fills={"region": cast.CHANGSHA})
    counts = found.result["counts"]
    assert (counts["new"], counts["changed"], counts["refused"]) == (1, 1, 0), found.result
    confirm(found, reporter)
    firm.refresh_from_db()
    new = Enterprise.objects.get(customs_code="4301968888")
    assert (firm.name, firm.modes, new.region_id) == ("湘江玩具厂", ["来料加工", "进料加工"], cast.CHANGSHA)
    act = EnterpriseHistory.objects.get(id=firm.pk, valid_to=None).act
    assert (act.kind, act.by, act.reference) == ("imported", reporter, found.reference)


def test_the_form_and_the_import_of_a_city_offer_its_own_places_alone() -> None:
    client = signed_in_client(cast.reporter(cast.CHANGSHA))
    form = client.get("/enterprises/new/").content.decode()
    assert f'value="{cast.CHANGSHA}" selected' in form and "岳麓区" in form
    assert "郴州" not in form and "北湖区" not in form
    sent = {"file": SimpleUploadedFile("企业.csv", enterprise_file(("4301968888", "甲", ""), head=WITHOUT_CITY))}
    page = client.get(client.post("/enterprises/import/", sent)["Location"]).content.decode()
    assert f'value="{cast.CHANGSHA}" selected' in page and "郴州" not in page


def test_an_enterprise_of_another_city_is_as_unknown_as_one_that_never_was() -> None:
    reporter = cast.reporter(cast.CHANGSHA)
    theirs = return_factories.enterprise(cast.reporter(cast.CHENZHOU), name="北湖鞋业")
    words = [refusals(reporter, code) for code in (theirs.customs_code, "4310999999")]
    assert words[0] == words[1] and len(words[0]) == 2
    assert "没有“郴州市”这个市州" in words[0][0] and "不是所选市州的（4301）" in words[0][1]
    change = RecordChange({"name": "改"}, theirs.pk, 1)
    (outcome,) = save_enterprises(changes=[change], by=reporter, kind=Act.Kind.EDITED)
    assert outcome.problem == "unknown"


def refusals(by: User, code: str) -> list[str]:
    """Return why rows with this customs code are refused, in their own city's name and in the importer's."""
    messages = []
    for city in ("郴州市", "长沙市"):
        found = checked_import(by, enterprise_file((code, "甲", city, "进料加工", "")))
        assert found.result["counts"]["refused"] == 1 and "北湖" not in str(found.result)
        messages += [finding["message"].replace(code, "") for finding in found.result["findings"]]
    return messages


# --- The whole register ---------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_forty_cells_edited_in_libreoffice_change_and_ten_edited_in_the_portal_stay(tmp_path: Path) -> None:
    officer, colleague = cast.officer(), cast.officer()
    register_many(5_000, officer)
    data, firms, before = exported(signed_in_client(officer)), list(Enterprise.objects.all()), state()
    theirs: dict[Enterprise, dict[str, Any]] = {
        firm: {"modes": (Mode.PURCHASED, Mode.SUPPLIED)} for firm in firms[:5]
    }  # beside cells of the file
    theirs |= {firm: {"name": f"{firm.name}分厂"} for firm in firms[100:105]}
    edit_in_portal(signed_in_client(colleague), theirs)
    mine: dict[Enterprise, tuple[Any, ...]] = {
        firm: ("企业", "name", f"{firm.name}（新）", f"{firm.name}（新）") for firm in firms[:20]
    }
    mine |= dict.fromkeys(firms[20:30], ("贸易方式", "modes", "来料加工", (Mode.SUPPLIED,)))
    mine |= dict.fromkeys(firms[-10:], ("县市区", "county", "桂阳县", "431021"))
    cells = {cell_of(data, firm, title): text for firm, (title, _, text, _) in mine.items()}
    found = checked_import(officer, edit_in_libreoffice(data, cells, tmp_path), "企业.xlsx")
    counts = found.result["counts"]
    assert (counts["changed"], counts["same"], counts["refused"], counts["new"]) == (40, 4_960, 0, 0), found.result
    confirm(found, officer)
    expected = {pk: dict(values) for pk, values in before.items()}
    for firm, values in theirs.items():
        expected[firm.pk] |= values
    for firm, (_, name, _, value) in mine.items():
        expected[firm.pk][name] = value
    assert state() == expected
    imported = EnterpriseHistory.objects.filter(act__kind="imported", act__reference=found.reference, valid_to=None)
    assert set(imported.values_list("id", flat=True)) == {firm.pk for firm in mine}
    assert EnterpriseHistory.objects.filter(version__gt=1).count() == 50


def register_many(count: int, by: User) -> None:
    """Register enterprises of two cities, each with a county and one mode."""
    changes = []
    for number in range(count):
        city = (cast.CHANGSHA, cast.CHENZHOU)[number % 2]
        values = {"customs_code": f"{city[:4]}{number:06}", "name": f"第{number}加工厂", "region": city}
        changes.append(RecordChange(values | {"county": f"{city[:4]}02", "modes": [Mode.PURCHASED]}))
    outcomes = save_enterprises(changes=changes, by=by, kind=Act.Kind.CREATED)
    assert {outcome.result for outcome in outcomes} == {"created"}
    next_transaction()


def exported(client: Client) -> bytes:
    answer: Any = client.get("/enterprises/download/?format=xlsx&all=1&marks=1")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def cell_of(data: bytes, firm: Enterprise, title: str) -> str:
    """Return the address of an enterprise's cell below a heading of the export."""
    codes, head = addresses(data)
    return f"{head[title]}{codes[firm.customs_code]}"


@cache
def addresses(data: bytes) -> tuple[dict[str, int], dict[str, str]]:
    rows = openpyxl.load_workbook(BytesIO(data)).worksheets[0].iter_rows()
    head = {str(cell.value): cell.column_letter for cell in next(rows)}
    codes = {str(cell.value): cell.row for row in rows for cell in row if cell.column_letter == head["海关编码"]}
    return codes, head


def edit_in_portal(client: Client, edits: dict[Enterprise, dict[str, Any]]) -> None:
    for firm, values in edits.items():
        form = {"customs_code": firm.customs_code, "name": firm.name, "region": firm.region_id}
        form |= {"county": firm.county_id, "modes": firm.modes, "version": firm.version, **values}
        assert client.post(f"/enterprises/{firm.pk}/edit/", form).status_code == 302
    next_transaction()


def state() -> dict[int, dict[str, Any]]:
    names = ("customs_code", "name", "region", "county", "modes", "closed_on")
    rows = Enterprise.objects.values_list("pk", *names)
    return {pk: dict(zip(names, (*map(frozen, values),), strict=True)) for pk, *values in rows}


def frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def test_an_undone_import_takes_the_enterprises_away_that_it_registered() -> None:
    reporter = cast.reporter(cast.CHANGSHA)
    found = checked_import(reporter, enterprise_file(("4301968888", "麓山电子", "长沙市", "进料加工", "2012-01-31")))
    confirm(found, reporter)
    found.refresh_from_db()
    assert found.result["counts"]["new"] == 1 and Enterprise.objects.count() == 1
    next_transaction()
    result = undo.undo(ENTERPRISES, reference=found.reference, by=reporter, reason="传错了")
    assert (result.deleted, result.staying) == (1, ()) and not Enterprise.objects.exists()
