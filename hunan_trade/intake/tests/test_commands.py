"""Tests that manage.py return_template and return_check report each fault by one clear message."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook, load_workbook

from enterprises import actions
from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.models import MonthlyReturn

pytestmark = pytest.mark.django_db
TRADE, SUMMARY = "加工贸易企业", "市州汇总"


@pytest.fixture(autouse=True)
def frozen_in_february() -> Iterator[None]:
    with clock.frozen_at(clock.at(date(2013, 2, 4), 10)):
        yield


@pytest.fixture
def blank_path(tmp_path: Path) -> Path:
    """Write the blank form of 长沙 for January 2013 with two enterprises; return its path.

    No return has been opened.
    """
    reporter = cast.reporter()
    for number, name in enumerate(("清风电子", "湘江玩具"), start=1):
        actions.register_enterprise(
            customs_code=f"430196000{number}", name=name, region="430100", modes=["进料加工"], by=reporter
        )
    path = tmp_path / "blank.xlsx"
    call_command("return_template", city="430100", month="2013-01", out=path, stdout=StringIO())
    return path


@pytest.fixture
def filled_book(blank_path: Path) -> Workbook:
    book = load_workbook(blank_path)
    trade, summary = book[TRADE], book[SUMMARY]
    trade["F4"], trade["G4"], trade["F5"], trade["G5"] = 100.25, 40, 10, 5.5
    for row, value in enumerate((155.75, 110.25, 45.5, 110.25, 45.5, 0, 0, 0, 0, 0, 0, 0), start=4):
        summary[f"E{row}"] = value
    return book


def run_return_check(path: Path) -> tuple[int, list[dict[str, str]]]:
    """Run return_check on a file; return (exit status, entries)."""
    out = StringIO()
    try:
        call_command("return_check", str(path), as_json=True, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def save_book(book: Workbook, path: Path) -> Path:
    book.save(path)
    return path


def rewrite_part(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """Rewrite one part of the .xlsx package in place and return its path."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return path


def test_a_filled_form_passes_though_no_return_was_opened(filled_book: Workbook, tmp_path: Path) -> None:
    assert run_return_check(save_book(filled_book, tmp_path / "good.xlsx")) == (0, [])
    assert not MonthlyReturn.objects.exists()


def test_the_template_names_city_and_month_and_leaves_the_figures_blank(blank_path: Path) -> None:
    book = load_workbook(blank_path)
    assert book[TRADE]["A1"].value == "长沙市2013年1月加工贸易企业月报表"
    assert [cell.value for cell in book[TRADE][4]][:3] == ["4301960001", "清风电子", "进料加工"]
    assert book[TRADE]["F4"].value is None and not book[TRADE]["F4"].protection.locked
    assert book[TRADE]["B4"].protection.locked
    status, entries = run_return_check(blank_path)
    assert status == 1
    assert {entry["code"] for entry in entries} == {"cell.blank"} and len(entries) == 16


@pytest.mark.parametrize(
    ("city", "month"),
    [("430000", "2013-01"), *(("430100", month) for month in ("2013-1", "2013-13", "0000-01", "0001-01", "9999-12"))],
)
def test_return_template_refuses_an_unknown_city_or_month(
    blank_path: Path, tmp_path: Path, city: str, month: str
) -> None:
    with pytest.raises(CommandError):
        call_command("return_template", city=city, month=month, out=tmp_path / "x.xlsx")


def _setting_cell(sheet: str, cell: str, value: object) -> Callable[[Workbook], None]:
    return lambda book: book[sheet].__setitem__(cell, value)


def _rename_sheet(book: Workbook) -> None:
    book[TRADE].title = "Sheet1"


def _delete_column(book: Workbook) -> None:
    book[TRADE].delete_cols(8)


def _shift_to_b2(book: Workbook) -> None:
    book[TRADE].insert_rows(1)
    book[TRADE].insert_cols(1)


def _add_duplicate_row(book: Workbook) -> None:
    for at, value in enumerate(("4301960001", "清风电子", "进料加工", None, None, 1, 1), start=1):
        book[TRADE].cell(6, at, value)


def _add_unknown_enterprise(book: Workbook) -> None:
    for at, value in enumerate(("4301969999", "不知名公司", "进料加工", None, None, 1, 1), start=1):
        book[TRADE].cell(6, at, value)


def _setting_city(code: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        marks = book["_portal"]
        for row in marks.iter_rows(min_col=1, max_col=2):
            if row[0].value == "region":
                row[1].value = code

    return change


@pytest.mark.parametrize(
    ("change", "sheet", "cell", "code", "message"),
    [
        (_setting_cell(TRADE, "F4", "约一百"), TRADE, "F4", "number.text", "“约一百”不是数"),
        (_setting_cell(TRADE, "F4", "无"), TRADE, "F4", "number.word", "没有发生填 0"),
        (_setting_cell(TRADE, "F4", "1234567890123456"), TRADE, "F4", "number.digits", "位数过多"),
        (_setting_cell(TRADE, "F4", -3), TRADE, "F4", "number.negative", "是负数"),
        (_setting_cell(TRADE, "F4", "0.1234567"), TRADE, "F4", "number.decimals", "最多 6 位小数"),
        (_setting_cell(TRADE, "F4", "=SUM(1,2)"), TRADE, "F4", "cell.formula", "是公式，只收数值"),
        (_setting_cell(TRADE, "F4", True), TRADE, "F4", "cell.boolean", "是逻辑值"),
        (_setting_cell(TRADE, "B4", "清风电器"), TRADE, "B4", "cell.locked", "应为“清风电子”"),
        (_setting_cell(TRADE, "F4", None), TRADE, "F4", "cell.blank", "空白不等于 0"),
        (_add_duplicate_row, TRADE, "A6", "row.duplicate", "与第 4 行重复"),
        (_add_unknown_enterprise, TRADE, "A6", "row.unknown", "“4301969999”不在名录中"),
        (_rename_sheet, "", "", "sheet.missing", "找不到工作表“加工贸易企业”"),
        (_delete_column, "", "", "column.missing", "应为“累计进出口”"),
        (_shift_to_b2, "", "", "sheet.shifted", "使标题回到 A1"),
        (_setting_city("440100"), "", "", "book.foreign", "不是湖南的市州"),
        (_setting_city("430400"), TRADE, "A4", "row.unknown", "不在名录中"),
    ],
)
def test_each_fault_is_reported_at_its_cell(
    filled_book: Workbook,
    tmp_path: Path,
    change: Callable[[Workbook], object],
    sheet: str,
    cell: str,
    code: str,
    message: str,
) -> None:
    change(filled_book)
    status, entries = run_return_check(save_book(filled_book, tmp_path / "bad.xlsx"))
    assert status == 1
    found = [entry for entry in entries if (entry["sheet"], entry["cell"], entry["code"]) == (sheet, cell, code)]
    assert len(found) == 1, entries
    assert found[0]["severity"] == "blocking" and message in found[0]["message"]
    assert _is_plain_chinese(found[0]["message"])


def _adding_row(*values: object) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        for at, value in enumerate(values, start=1):
            book[TRADE].cell(6, at, value)

    return change


def _format_as_percent(book: Workbook) -> None:
    book[TRADE]["F4"] = 0.125
    book[TRADE]["F4"].number_format = "0.0%"


def _format_in_tens_of_thousands(book: Workbook) -> None:
    book[TRADE]["F4"] = 103760000
    book[TRADE]["F4"].number_format = '0!.0,"万"'


@pytest.mark.parametrize(
    ("change", "cell", "message"),
    [
        (_format_in_tens_of_thousands, "F4", "显示为“10376.0万”，实为“103760000”"),
        (_setting_cell(TRADE, "F4", "=SUM(1,2)"), "F4", "“=SUM(1,2)”是公式"),
        (_setting_cell(TRADE, "F4", True), "F4", "“TRUE”是逻辑值"),
        (_setting_cell(TRADE, "F4", date(2013, 1, 9)), "F4", "“2013-01-09”是日期"),
        (_format_as_percent, "F4", "“12.5%”是百分数"),
        (_setting_cell(TRADE, "F4", "12,5"), "F4", "“12,5”不是数"),
        (_setting_cell(TRADE, "F4", ","), "F4", "“,”不是数"),
        (_setting_cell(TRADE, "F4", "10²"), "F4", "“10²”不是数"),
        (_setting_cell(TRADE, "F4", "٢٩"), "F4", "“٢٩”不是数"),
        (_setting_cell(TRADE, "F4", "——"), "F4", "没有发生填 0"),
        (_setting_cell(TRADE, "F4", 123456789012345), "F4", "整数最多 9 位"),
        (_setting_cell(TRADE, "B4", "长" * 300), "B4", "应为“清风电子”"),
        (_setting_cell(TRADE, "C4", "进料"), "C4", "不在可选范围"),
        (_setting_cell(TRADE, "C4", None), "C4", "贸易方式是锁定的，应为“进料加工”，现为空白"),
        (_setting_cell(TRADE, "C4", "来料加工"), "C4", "应为“进料加工”，现为“来料加工”"),
        (_setting_cell(TRADE, "A4", "43/进料加工"), "A4", "现为“43/进料加工”"),
        (_setting_cell(TRADE, "A4", "4301969999"), "A4", "海关编码是锁定的，应为“4301960001”"),
        (_setting_cell(SUMMARY, "A4", 1), "A4", "代码是锁定的，应为“01”，现为“1”"),
        (_setting_cell(SUMMARY, "A16", "备注"), "A16", "“备注”不是本表的代码"),
        (lambda book: book[TRADE].delete_rows(5), "A4", "缺少“湘江玩具”一行"),
        (_adding_row("4301960001", None, None, None, None, 1, 1), "C6", "这一行没有贸易方式"),
        (_adding_row("4301960001", "清风电子", "进料加工", None, None, 1, 1), "A6", "与第 4 行重复"),
        (_adding_row("合计", None, None, None, None, 110.25, 45.5), "A6", "合计由系统计算"),
    ],
)
def test_one_fault_gives_exactly_one_finding_with_a_plain_message(
    filled_book: Workbook, tmp_path: Path, change: Callable[[Workbook], object], cell: str, message: str
) -> None:
    change(filled_book)
    _, entries = run_return_check(save_book(filled_book, tmp_path / "bad.xlsx"))
    blocking = [entry for entry in entries if entry["severity"] == "blocking"]
    assert [entry["cell"] for entry in blocking] == [cell], blocking
    assert message in blocking[0]["message"] and _is_plain_chinese(blocking[0]["message"])


def _setting_formatted_cell(sheet: str, cell: str, value: object, number_format: str) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[sheet][cell] = value
        book[sheet][cell].number_format = number_format

    return change


def _setting_text_cell(sheet: str, cell: str, text: str) -> Callable[[Workbook], None]:
    """Return an edit that writes a text into a cell of the format 文本."""
    return _setting_formatted_cell(sheet, cell, text, "@")


def _setting_general_cell(cell: str, number: float) -> Callable[[Workbook], None]:
    return _setting_formatted_cell(TRADE, cell, number, "General")


def _merge_codes(book: Workbook) -> None:
    book[TRADE].merge_cells("A4:A5")


def _unmerge_codes(book: Workbook) -> None:
    book[TRADE].unmerge_cells("A4:A5")
    book[TRADE]["A5"] = "4301960002"


@pytest.mark.parametrize(
    ("change", "remedy", "followed"),
    [
        (_merge_codes, "取消合并，每格各填各的", _unmerge_codes),
        (
            _setting_formatted_cell(TRADE, "F4", date(2013, 1, 9), "m/d"),
            "格式改为文本后重填",
            _setting_text_cell(TRADE, "F4", "100.25"),
        ),
        (_format_as_percent, "格式改为常规后重填", _setting_general_cell("F4", 100.25)),
        (_format_in_tens_of_thousands, "格式改为常规，核对后重填", _setting_general_cell("F4", 100.25)),
        (_setting_cell(TRADE, "F4", "=100+0.25"), "复制后选择性粘贴为数值", _setting_general_cell("F4", 100.25)),
        (_setting_cell(TRADE, "F4", True), "填入正确的数", _setting_cell(TRADE, "F4", 100.25)),
        (_setting_cell(TRADE, "F4", '=DISPIMG("ID_1",1)'), "删去图片，填数字", _setting_cell(TRADE, "F4", 100.25)),
        (_setting_cell(SUMMARY, "A4", 1), "格式改为文本，再填 01", _setting_text_cell(SUMMARY, "A4", "01")),
        (
            _setting_formatted_cell(TRADE, "B4", date(2013, 1, 9), "m/d"),
            "格式改为文本，再填回原值",
            _setting_text_cell(TRADE, "B4", "清风电子"),
        ),
        (_setting_cell(TRADE, "I4", "=A1"), "改为文字", _setting_text_cell(TRADE, "I4", "检修")),
        (_setting_cell(TRADE, "I4", '=DISPIMG("ID_1",1)'), "改为文字", _setting_text_cell(TRADE, "I4", "检修")),
    ],
)
def test_following_the_remedy_of_a_finding_removes_the_finding(
    filled_book: Workbook,
    tmp_path: Path,
    change: Callable[[Workbook], object],
    remedy: str,
    followed: Callable[[Workbook], object],
) -> None:
    change(filled_book)
    path = save_book(filled_book, tmp_path / "bad.xlsx")
    blocking = [entry for entry in run_return_check(path)[1] if entry["severity"] == "blocking"]
    assert len(blocking) == 1 and remedy in blocking[0]["message"], blocking
    again = load_workbook(path)
    followed(again)
    assert run_return_check(save_book(again, path)) == (0, [])


def _replacing_f4_xml(value: str, kind: str = "") -> Callable[[str], str]:
    """Return an edit that replaces the XML of F4 with a value as another program stores it."""
    return lambda xml: re.sub(r'<c r="F4".*?</c>', f'<c r="F4"{kind}><v>{value}</v></c>', xml)


@pytest.mark.parametrize("value", ["１００．２５", "100.25 ", "\u3000100.25", "１００．２５\u00a0"])
def test_full_width_digits_and_blanks_are_read_as_numbers(filled_book: Workbook, tmp_path: Path, value: str) -> None:
    filled_book[TRADE]["A4"] = "４３０１９６０００１"
    path = save_book(filled_book, tmp_path / "wide.xlsx")
    assert run_return_check(rewrite_part(path, "xl/worksheets/sheet1.xml", _replacing_f4_xml(value, ' t="str"'))) == (
        0,
        [],
    )


@pytest.mark.parametrize("value", ["1e400", "NaN", "12abc3456789012"])
def test_a_numeric_cell_without_a_number_is_reported(filled_book: Workbook, tmp_path: Path, value: str) -> None:
    path = rewrite_part(
        save_book(filled_book, tmp_path / "odd.xlsx"), "xl/worksheets/sheet1.xml", _replacing_f4_xml(value)
    )
    assert [entry["cell"] for entry in run_return_check(path)[1]] == ["F4"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "文件"),
        (b"hello", "xlsx"),
        (b"PK\x03\x04" + b"\0" * 100, "损坏"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "另存"),
    ],
)
def test_a_file_that_is_no_workbook_gives_one_entry_without_a_cell(
    blank_path: Path, tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(data)
    status, entries = run_return_check(path)
    assert (status, len(entries)) == (1, 1)
    assert (entries[0]["sheet"], entries[0]["cell"], entries[0]["severity"]) == ("", "", "blocking")
    assert message in entries[0]["message"] and _is_plain_chinese(entries[0]["message"])


def test_a_workbook_not_downloaded_from_the_portal_is_refused(blank_path: Path, tmp_path: Path) -> None:
    status, entries = run_return_check(save_book(Workbook(), tmp_path / "own.xlsx"))
    assert status == 1 and "不是从本平台下载的月报表" in entries[0]["message"]


def test_a_macro_is_refused(filled_book: Workbook, tmp_path: Path) -> None:
    path = save_book(filled_book, tmp_path / "macro.xlsx")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    assert "宏" in run_return_check(path)[1][0]["message"]


def test_a_truncated_file_is_refused(filled_book: Workbook, tmp_path: Path) -> None:
    path = save_book(filled_book, tmp_path / "half.xlsx")
    path.write_bytes(path.read_bytes()[:-2000])
    status, entries = run_return_check(path)
    assert status == 1 and "损坏" in entries[0]["message"]


def test_cells_outside_a_false_dimension_are_read(filled_book: Workbook, tmp_path: Path) -> None:
    filled_book[TRADE]["F5"] = "看不见吗"
    path = save_book(filled_book, tmp_path / "lie.xlsx")
    rewrite_part(
        path, "xl/worksheets/sheet1.xml", lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', xml)
    )
    assert ("F5", "number.text") in {(entry["cell"], entry["code"]) for entry in run_return_check(path)[1]}


def test_return_check_without_json_prints_chinese_lines(filled_book: Workbook, tmp_path: Path) -> None:
    filled_book[TRADE]["F4"] = "约一百"
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("return_check", str(save_book(filled_book, tmp_path / "bad.xlsx")), stdout=out)
    assert out.getvalue().startswith("必须改　加工贸易企业 F4　“约一百”不是数")
    for path, why in ((tmp_path / "nothing.xlsx", "没有这个文件"), (tmp_path, "这是文件夹")):
        with pytest.raises(CommandError, match=f"不能读取 .*：{why}"):
            call_command("return_check", str(path))


def _is_plain_chinese(message: str) -> bool:
    """Return whether a message is complete Chinese sentences without technical traces."""
    return message.endswith("。") and not re.search(r"Error|Exception|Traceback|None|\{|\}", message)
