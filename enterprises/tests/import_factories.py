"""Functions that create files with enterprises for tests, and imports of them in each state."""

from __future__ import annotations

from enterprises.tables import ENTERPRISES
from hunan_trade.accounts.models import User
from hunan_trade.lists.imports import actions
from hunan_trade.lists.imports.models import Import
from hunan_trade.lists.tests.import_factories import ImportSample, csv_file

HEAD = ("海关编码", "企业名称", "市州", "贸易方式", "停报日期")


def enterprise_file(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> bytes:
    """Return a .csv file with these enterprises."""
    return csv_file(*rows, head=head)


def received_import(by: User, data: bytes, name: str = "企业.csv") -> Import:
    return actions.receive(ENTERPRISES, data, name, by=by)


def checked_import(by: User, data: bytes, name: str = "企业.csv", fills: dict[str, str] | None = None) -> Import:
    found = received_import(by, data, name)
    problems = actions.check(ENTERPRISES, found, by=by, seen=1, fills=fills)
    assert not problems, problems
    return found


def confirm(found: Import, by: User) -> None:
    actions.confirm(ENTERPRISES, found, by=by, seen=found.version, choices={}, reason="来函")


def closed_enterprise(city: str, number: int) -> ImportSample:
    """Return a file with an enterprise of a city that reports no more, so that no monthly form asks for it.

    Names of different numbers, up to eight, are not alike.
    """
    row = (f"{city[:4]}97{number:04}", "湘资沅澧浏渌耒舂蒸"[number] * 4, city, "进料加工", "2008-12-31")
    return ImportSample(ENTERPRISES, HEAD, row)


def imports_in_each_state(by: User, *samples: ImportSample) -> None:
    """Create an import that is received, one that is checked and one that is written."""
    files = [enterprise_file(sample.row) for sample in samples]
    received_import(by, files[0], "登记表.csv")
    checked_import(by, files[1])
    confirm(checked_import(by, files[2]), by)
