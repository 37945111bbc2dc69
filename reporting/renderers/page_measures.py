"""Page measures of the standard GB/T 9704-2012, in millimetres and points."""

from __future__ import annotations

MM = 72 / 25.4  # points in a millimetre

PAGE_WIDTH_MM = 210.0
PAGE_HEIGHT_MM = 297.0
TOP_MM = 37.0  # 天头
LEFT_MM = 28.0  # 订口
RIGHT_MM = 26.0
BOTTOM_MM = 35.0
TYPE_WIDTH_MM = 156.0  # 版心
TYPE_HEIGHT_MM = 225.0

LINES = 22
CHARACTERS = 28
LINE_PITCH_MM = TYPE_HEIGHT_MM / LINES

# Type sizes by their office names, in points.
SIZE_2 = 22.0  # 2号: titles
SIZE_3 = 16.0  # 3号: body
SIZE_4 = 14.0  # 4号: page numbers, 版记
SIZE_SMALL_4 = 12.0  # 小4: captions
SIZE_5 = 10.5  # 5号: tables, notes

ISSUER_TOP_MM = 35.0  # 发文机关标志, below the upper edge of the type area
RULE_GAP_MM = 4.0  # 红色分隔线, below the 发文字号
RULE_MM = 0.7  # its thickness, not fixed by the standard
HEAD_LINES = 8  # the head ends on this line of the grid when the issuer fits on one row
PAGE_NUMBER_GAP_MM = 7.0  # 一字线, below the lower edge of the type area
FOOT_THICK_MM = 0.35
FOOT_THIN_MM = 0.25
MARK_TOP_MM = 22.0  # our own: the mark of a draft, in the top margin and off the grid
SHORT_TABLE_ROWS = 10  # our own: a table of so many rows stays on one page

RED = "#d8161b"  # 版头, printed as Y80 M80
MARK_GREY = "#6b6b6b"
