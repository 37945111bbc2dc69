"""Groups the paragraphs of a plan into a list of nodes, each with its level, title and text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from targets.document_parser.item_number_markers import Marker, MarkerKind, marker_at_start, markers_inside
from targets.document_parser.text_file_paragraphs import Paragraph

_SENTENCE_ENDS = "。！？!?"
_GAP = re.compile(r"([^，,。；;：:！？]{2,40}?)(?:\u3000+|[ \t]{2,})(?=\S)")
_BEFORE_COLON = re.compile(r"([^，,。；;：:！？!?]{2,40})[：:](?=.)", re.DOTALL)
_CLOSERS = "”’」』）)》"
_LEAD_MOST = 60  # characters of a bold sentence that opens a paragraph
_LINE_MOST = 40  # of a bold line that is a heading


@dataclass
class NodeText:
    """Text of a section or item of a plan, with its title, its level and its marker such as （一）."""

    marker: str = ""
    kind: MarkerKind | None = None
    number: int | None = None
    depth: int = 0
    level: int = 0
    title: str = ""
    lines: list[str] = field(default_factory=list)
    cells: list[tuple[int, int, int]] = field(default_factory=list)  # row, column, and which of the lines
    title_open: bool = False  # the title is all the node holds so far, closing mark and all

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def add_line(self, line: str, cell: tuple[int, int] | None = None) -> None:
        """Append a line of text to the section or item; `cell` is row and column if the line is a table cell."""
        if cell is not None:
            self.cells.append((*cell, len(self.lines)))
        self.lines.append(line)
        if self.title_open:
            self.title = strip_final_punctuation(self.title)
            self.title_open = False


def strip_final_punctuation(title: str) -> str:
    """Return a title without the punctuation at its end, such as 。 or ：."""
    return title.rstrip("。；;：: ")


def group_into_nodes(body: Sequence[Paragraph]) -> list[NodeText]:
    """Group paragraphs into sections and items, each beginning at an item number, heading or bold sentence."""
    found: list[NodeText] = []
    leads = has_bold_openings(body)
    tabled = all(paragraph.cell is not None for paragraph in body)
    for paragraph in body:
        if paragraph.cell is not None and not tabled:
            opened: list[NodeText] = []
        else:
            opened = list(_split_paragraph(paragraph, leads))
        if opened and not (opened[0].kind is None and not found):
            if opened[0].kind is None:  # words before the first marker within
                found[-1].add_line(opened[0].text)
                opened = opened[1:]
            found += opened
        elif found:
            found[-1].add_line(paragraph.text, None if tabled else paragraph.cell)
        else:
            found.append(NodeText(lines=[paragraph.text]))
            found += opened[1:]
    _assign_levels(found)
    return found


def join_as_single_node(paragraphs: Sequence[Paragraph]) -> NodeText:
    """Return one node (section or item) with the text of all paragraphs, whatever markers they begin with."""
    first, *others = paragraphs
    marker = marker_at_start(first.text) or Marker(MarkerKind.HEADING, 0, "", 0)
    piece = _make_node(first.text, marker, 0, first)
    for paragraph in others:
        piece.add_line(paragraph.text)
    return piece


def has_bold_openings(body: Sequence[Paragraph]) -> bool:
    """Return whether several paragraphs begin with a bold sentence in place of an item number."""
    return sum(1 for paragraph in body if bold_opening_end(paragraph) and not paragraph.is_all_bold) > 1


def opens_node(paragraph: Paragraph) -> bool:
    """Return whether a paragraph begins a section or item: it has a marker such as 一、 or is a heading."""
    return paragraph.cell is None and (marker_at_start(paragraph.text) is not None or _is_heading(paragraph))


def _split_paragraph(paragraph: Paragraph, leads: bool) -> list[NodeText]:
    """Split a paragraph at its item markers into nodes (sections or items); return [] if it begins none."""
    text = paragraph.text
    marker = marker_at_start(text)
    if marker is None and _is_heading(paragraph):
        marker = Marker(MarkerKind.HEADING, 0, "", 0, depth=paragraph.heading or _BOLD_DEPTH)
    elif marker is None and leads and (end := bold_opening_end(paragraph)):
        marker = Marker(MarkerKind.LEAD, 0, "", 0, depth=end)
    begin = marker.end if marker else 0
    nested = [] if marker and marker.kind is MarkerKind.HEADING else list(markers_inside(text, begin))
    if marker is None and not nested:
        return []
    starts = [(marker, 0)] if marker or nested[0].start > 0 else []
    starts += [(inner, inner.start) for inner in nested]
    ends = [at for _, at in starts[1:]] + [len(text)]
    return [_make_node(text[at:end], opening, at, paragraph) for (opening, at), end in zip(starts, ends, strict=True)]


def _make_node(text: str, marker: Marker | None, at: int, paragraph: Paragraph) -> NodeText:
    """Build a node (section or item) from its marker and `text`, the paragraph's part from position `at`."""
    line = text.strip()
    if marker is None:
        return NodeText(lines=[line])
    words = text[marker.end - at :].strip()
    bold = max(0, paragraph.bold - marker.end) if not at else 0
    title = _choose_title(words, bold)
    return NodeText(
        marker=marker.text,
        kind=marker.kind,
        number=marker.number or None,
        depth=marker.depth if marker.kind is not MarkerKind.LEAD else 0,
        title=title,
        lines=[line],
        title_open=title == words,
    )


_BOLD_DEPTH = 10  # below Word's own headings


def _is_heading(paragraph: Paragraph) -> bool:
    """Return whether a paragraph has a Word heading style or is a short bold line."""
    if paragraph.cell is not None:
        return False
    if paragraph.heading:
        return True
    text = paragraph.text
    return paragraph.is_all_bold and len(text) <= _LINE_MOST and not re.search(r"[。；;，,！？]|^[（(]|[：:]$", text)


def bold_opening_end(paragraph: Paragraph) -> int:
    """Return the end position of a paragraph's bold opening sentence, or 0 if there is none."""
    if paragraph.cell is not None or paragraph.heading or marker_at_start(paragraph.text):
        return 0
    bold = paragraph.text[: paragraph.bold].rstrip()
    if paragraph.is_all_bold and not bold.endswith("。"):
        return 0
    return len(bold) if 2 < len(bold) <= _LEAD_MOST else 0


def _choose_title(text: str, bold: int) -> str:
    """Return the title of a section or item: its bold words, the words before a colon or its first sentence."""
    if 2 < bold < len(text) and (opening := text[:bold].rstrip()):
        rest = text[len(opening) :].lstrip()
        if opening[-1] in "。：:；;" or rest[:1] in "。：:；;" or "。" not in text[: bold + 1]:
            return strip_final_punctuation(opening)
    if (gap := _GAP.match(text)) and not _is_long_enumeration(gap[1]):
        return gap[1]
    if colon := _BEFORE_COLON.match(text):
        return colon[1].strip()
    end = _first_sentence_end(text)
    return text[:end] if end >= len(text) else strip_final_punctuation(text[:end])


def _is_long_enumeration(words: str) -> bool:
    """Return whether the words are an enumeration of more than four things, separated by 、."""
    return words.count("、") > 3


def _first_sentence_end(text: str) -> int:
    """Return the end position of a text's first sentence, ignoring full stops in brackets and quotes."""
    depth = 0
    for place, sign in enumerate(text):
        if sign in "（(《“「『":
            depth += 1
        elif sign in "）)》”」』":
            depth = max(0, depth - 1)
        elif (sign in _SENTENCE_ENDS and not depth) or sign == "\n":
            return place + 1
    first = next((place + 1 for place, sign in enumerate(text) if sign in _SENTENCE_ENDS), len(text))
    return first if depth else len(text)


def _assign_levels(found: list[NodeText]) -> None:
    """Set the level of each section and item from how the document nests its kinds of markers, such as （一） in 一、."""
    below = _find_inverted_marker_kinds(found)
    stack: list[tuple[MarkerKind, int]] = []
    for piece in found:
        if piece.kind is None:
            continue
        here = (piece.kind, piece.depth)
        if here in stack:
            del stack[stack.index(here) :]
        else:
            while stack and _ranks_at_or_above(here, stack[-1], below):
                stack.pop()
        stack.append(here)
        piece.level = len(stack)


def _ranks_at_or_above(
    new: tuple[MarkerKind, int], top: tuple[MarkerKind, int], below: set[tuple[MarkerKind, MarkerKind]]
) -> bool:
    """Return whether a section or item with the marker kind `new` ranks equal to or above one with the kind `top`."""
    if (new[0], top[0]) in below:
        return False
    return new <= top


def _find_inverted_marker_kinds(found: Sequence[NodeText]) -> set[tuple[MarkerKind, MarkerKind]]:
    """Return (inner, outer) kinds of markers nested against the usual order in a document, such as 一、 under 1、."""
    turned: set[tuple[MarkerKind, MarkerKind]] = set()
    numbers: dict[MarkerKind, list[tuple[int, int]]] = {}
    for place, piece in enumerate(found):
        if piece.kind is not None and piece.number:
            numbers.setdefault(piece.kind, []).append((place, piece.number))
    for inner, marks in numbers.items():
        restarts = [place for place, number in marks if number == 1]
        for outer, others in numbers.items():
            if inner < outer and len(restarts) > 1 and others[0][0] < marks[0][0]:
                counted = [number for _, number in others]
                if counted == sorted(set(counted)):
                    turned.add((inner, outer))
    return turned
