"""Tests the plan parser on sample documents with expected results (docs/plan-reading.md)."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from targets.document_parser import read_plan, reread_node
from targets.tests.reader_accuracy import Score, differing_nodes, score_document, score_lines, without_white_space

DOCUMENTS = Path(__file__).parent / "reading"
ANSWERS = sorted(DOCUMENTS.glob("*.json"))
HEAD = ("title", "issuer", "number", "issued_on", "refused")


def read_document_bytes(answer: Path) -> bytes:
    """Return the bytes of the sample document that belongs to an expected result."""
    return next(path for path in DOCUMENTS.glob(f"{answer.stem}.*") if path.suffix != ".json").read_bytes()


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_node_of_a_document_is_read_as_expected(path: Path) -> None:
    expected: dict[str, Any] = json.loads(path.read_text())
    found = read_plan(read_document_bytes(path)).as_json()
    assert {key: found[key] for key in HEAD} == {key: expected.get(key) for key in HEAD}
    assert not (wrong := differing_nodes(expected, found)), "\n".join(wrong)


def test_quantities_deadlines_and_units_are_read_with_99_percent_accuracy() -> None:
    total = {kind: Score() for kind in ("quantities", "deadlines", "units")}
    for path in ANSWERS:
        found = score_document(json.loads(path.read_text()), read_plan(read_document_bytes(path)).as_json(), path.stem)
        for kind, one in found.items():
            total[kind].add_score(one)
    assert len(ANSWERS) >= 24
    assert all(one.precision > 0.99 and one.recall > 0.99 for one in total.values()), "\n".join(score_lines(total))


@pytest.mark.parametrize("path", sorted((DOCUMENTS / "refused").glob("*.*")), ids=lambda path: path.stem)
def test_a_document_that_is_no_work_plan_is_refused_with_its_type(path: Path) -> None:
    words = {
        "01-reply": "答复", "02-holiday-notice": "放假通知", "03-award-decision": "表彰", "04-minutes": "纪要",
        "05-personnel-notice": "任免", "06-empty": "没有文字",
    }  # fmt: skip
    found = read_plan(path.read_bytes())
    assert found.refused and words[path.stem] in found.refused
    assert not found.nodes


def test_reading_a_single_node_again_gives_the_same_node() -> None:
    for path in ANSWERS[:8]:
        whole = read_plan(read_document_bytes(path))
        year = (
            int(without_white_space(whole.title)[without_white_space(whole.title).index("20") :][:4])
            if "20" in whole.title
            else None
        )
        for node in whole.nodes:
            again = reread_node(node.text, year, node.level)
            assert (again.marker, again.text) == (node.marker, node.text) or not node.marker
            if node.marker and "\n" not in node.text:
                assert again.title == node.title


def test_lines_wrapped_at_page_width_are_joined_into_paragraphs() -> None:
    for path in (one for one in ANSWERS if one.stem.startswith(("09", "10", "28", "36"))):
        whole = read_document_bytes(path).decode("utf-8-sig")
        indented = ["　　" + line.strip() for line in whole.splitlines()]
        paper = "\n".join(line[at : at + 33] for line in indented for at in range(0, len(line), 33))
        wrapped, plain = (read_plan(text.encode()).as_json() for text in (paper, whole))
        assert differing_nodes(plain, wrapped) == [], path.stem
        assert [node["quantities"] for node in wrapped["nodes"]] == [node["quantities"] for node in plain["nodes"]]


def test_of_overlapping_names_the_longest_is_found() -> None:
    text = "2013年工作要点\n一、重点\n1、支持衡阳综合保税区封关运行，做好衡阳、郴州两市对接。\n二、保障\n"
    node = read_plan(text.encode(), ["衡阳", "衡阳综合保税区", "郴州", "娄底"]).nodes[2]
    assert node.names == ("衡阳综合保税区", "衡阳", "郴州")


def test_a_node_with_an_unknown_figure_is_marked_as_not_understood() -> None:
    found = read_plan("2013年工作要点\n一、目标\n1、全年完成评审17嘎嘎。\n2、完成项目20个。\n".encode())
    strange, plain = found.nodes[2:]
    assert not strange.understood and strange.text == "1、全年完成评审17嘎嘎。"
    assert plain.understood and plain.quantities[0].value == 20


def test_the_plan_read_command_needs_no_database_and_no_network(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse_connection(*args: object, **kwargs: object) -> None:
        raise AssertionError("it asked for a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse_connection)
    monkeypatch.setattr(type(connections["default"]), "ensure_connection", refuse_connection)
    path = tmp_path / "plan.txt"
    path.write_bytes("2013年工作要点\n一、目标\n1、完成项目3000个。\n2、培训100人。\n".encode("gb18030"))
    call_command("plan_read", str(path), "--json", stdout=sys.stdout)
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == [*HEAD[:4], "refused", "nodes"]
    assert answer["nodes"][2]["quantities"][0] == {
        "text": "3000个", "metric": "项目", "kind": "target", "op": "=", "value": "3000", "low": None, "high": None,
        "unit": "个", "base": None, "growth_pct": None, "horizon": None,
    }  # fmt: skip
    with pytest.raises(CommandError, match="打不开"):
        call_command("plan_read", str(tmp_path / "none.txt"))
