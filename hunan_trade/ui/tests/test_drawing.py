"""What is drawn by hand reads as a template would have it, whatever a city or a series is called."""

from __future__ import annotations

from decimal import Decimal

from django.template import Context, Template
from django.test.html import parse_html

from hunan_trade.ui import drawing
from hunan_trade.ui.charts import Chart, Series
from hunan_trade.ui.components import CELLS, Board, BoardCell, BoardRow, CellKind

EVIL = "<b onclick=\"x('1')\">&amp;长沙"
BOARD = """{% for row in board.rows %}
<tr><th class="city" scope="row">{{ row.name }}</th>{% for cell in row.cells %}<td>{% if cell.url %}<a
 class="k-{{ cell.kind }}" href="{{ cell.url }}" title="{{ row.name }} {{ forloop.counter }}月：{{ cell.words }}"
 aria-label="{{ row.name }}{{ forloop.counter }}月{{ cell.words }}">{{ cell.mark }}</a>{% else %}<span
 class="k-{{ cell.kind }}" title="{{ cell.words }}">{{ cell.mark }}</span>{% endif %}</td>{% endfor %}</tr>{% endfor %}"""
TABLE = """{% for row in table.rows %}<tr>{% for cell in row %}{% if forloop.first %}<th scope="row">{{ cell }}</th>
{% else %}<td class="num">{{ cell }}</td>{% endif %}{% endfor %}</tr>{% endfor %}"""


def by_template(source: str, **context: object) -> str:
    return Template(source.replace("\n ", " ")).render(Context(context))


def test_a_board_reads_as_its_template_would() -> None:
    kinds: list[CellKind] = [*CELLS, "acc", "acc", "late", "none"]
    rows = [BoardRow(name, tuple(BoardCell(kind, url) for kind in kinds)) for name in ("长沙", EVIL) for url in ("", "/r/?a=1&b='\"")]  # fmt: skip
    board = Board(tuple(rows))
    drawn = drawing.board_rows(board.rows)
    assert "<b" not in drawn
    assert parse_html(drawn) == parse_html(by_template(BOARD, board=board))


def test_the_table_of_a_chart_reads_as_its_template_would() -> None:
    series = (Series(EVIL, "now", (Decimal("1.5"), None)), Series("上年", "last", (Decimal(-3), Decimal(0))))
    table = Chart("k", "bars", "", "亿美元", ("1月", "2月"), series).table
    drawn = drawing.table_rows(table.rows)
    assert "<b" not in drawn and "—" in drawn
    assert parse_html(drawn) == parse_html(by_template(TABLE, table=table))
