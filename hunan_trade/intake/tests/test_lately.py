"""What was read a moment ago is not read again, and nothing else is taken for it."""

from __future__ import annotations

import pytest

from hunan_trade.intake import lately
from hunan_trade.workbooks import reader, writer
from hunan_trade.workbooks.sheets import ColumnLayout, SheetLayout


def book(text: str) -> bytes:
    return writer.write([SheetLayout("表", "表", [ColumnLayout("列")], [(text,)])], {})


@pytest.fixture
def readings(monkeypatch):
    """The bytes that were really parsed, in order."""
    parsed = []
    real = reader.read
    monkeypatch.setattr(reader, "read", lambda data, *limits: parsed.append(data) or real(data, *limits))
    monkeypatch.setattr(lately, "_kept", [])
    return parsed


def test_the_same_bytes_are_parsed_once_and_other_bytes_are_read_for_themselves(readings):
    one, other = book("一"), book("二")
    assert [lately.read(data).sheet("表").text(3, 0) for data in (one, one, other, one)] == ["一", "一", "二", "一"]
    assert readings == [one, other, one]


def test_a_workbook_too_large_to_keep_is_read_each_time(readings, monkeypatch):
    monkeypatch.setattr(lately, "CELLS", 3)
    data = book("一")
    assert lately.read(data).sheets and lately.read(data).sheets
    assert readings == [data, data]
