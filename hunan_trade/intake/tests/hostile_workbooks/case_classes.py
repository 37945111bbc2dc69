"""Classes for test cases of uploaded workbooks: the case, the edited workbook, the expected result."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from io import BytesIO

TRADE, SUMMARY, PROGRESS, MARKS = (f"xl/worksheets/sheet{number}.xml" for number in range(1, 5))
BOOK, LINKS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
SHEETS = {TRADE: "加工贸易企业", SUMMARY: "市州汇总"}
FILLED = {TRADE: {"F4": "100.25", "G4": "40", "F5": "10", "G5": "5.5"}, SUMMARY: {}}
for _row, _value in enumerate(["155.75", "110.25", "45.5", "110.25", "45.5", *"0000000"], start=4):
    FILLED[SUMMARY][f"E{_row}"] = _value


@dataclass
class Form:
    """The parts of a form's .xlsx package; every edit returns the package, so that edits can be chained."""

    parts: dict[str, bytes]

    @classmethod
    def from_blank(cls, blank: bytes) -> Form:
        with zipfile.ZipFile(BytesIO(blank)) as archive:
            form = cls({name: archive.read(name) for name in archive.namelist()})
        for sheet, cells in FILLED.items():
            for cell, value in cells.items():
                form.put_cell_xml(cell, f"<v>{value}</v>", sheet=sheet)
        return form

    def replace_text(self, part: str, old: str, new: str, count: int = 1) -> Form:
        """Replace a text that must occur in a part; `count` 0 replaces all."""
        text = self.parts[part].decode()
        assert old in text, f"{old} is not in {part}"
        self.parts[part] = text.replace(old, new, count or -1).encode()
        return self

    def rewrite_part(self, part: str, change: Callable[[str], str]) -> Form:
        self.parts[part] = change(self.parts[part].decode()).encode()
        return self

    def put_cell_xml(
        self, cell: str, inside: str, kind: str = "", *, sheet: str = TRADE, style: int | None = None
    ) -> Form:
        """Replace a cell's element, keeping its style unless another is given."""
        text = self.parts[sheet].decode()
        found = re.search(rf'<c r="{cell}"(?: s="(\d+)")?[^>]*?(?:/>|>.*?</c>)', text)
        assert found, f"{cell} is not in {sheet}"
        style_id = found[1] if style is None else style
        type_ = f' t="{kind}"' if kind else ""
        fresh = (
            f'<c r="{cell}" s="{style_id}"{type_}>{inside}</c>' if inside else f'<c r="{cell}" s="{style_id}"{type_}/>'
        )
        self.parts[sheet] = (text[: found.start()] + fresh + text[found.end() :]).encode()
        return self

    def put_text(self, cell: str, text: str, *, sheet: str = TRADE) -> Form:
        return self.put_cell_xml(cell, f'<is><t xml:space="preserve">{escape(text)}</t></is>', "inlineStr", sheet=sheet)

    def put_number(self, cell: str, text: str, *, sheet: str = TRADE, style: int | None = None) -> Form:
        return self.put_cell_xml(cell, f"<v>{text}</v>", sheet=sheet, style=style)

    def put_row(self, number: int, *values: str) -> Form:
        """Write values into a spare row of the first sheet, as numbers where they look like numbers."""
        for letter, value in zip("ABCDEFGHI", values, strict=False):
            if re.fullmatch(r"\d{1,5}(\.\d+)?", value):
                self.put_number(f"{letter}{number}", value)
            elif value:
                self.put_text(f"{letter}{number}", value)
        return self

    def rewrite_rows(self, change: Callable[[list[str]], Iterable[str]], *, sheet: str = TRADE) -> Form:
        """Rewrite the list of <row> elements of a sheet with `change`."""

        def rewritten(text: str) -> str:
            head, _, rest = text.partition("<sheetData>")
            body, _, tail = rest.partition("</sheetData>")
            rows = re.findall(r"<row .*?</row>", body, re.DOTALL)
            return f"{head}<sheetData>{''.join(change(rows))}</sheetData>{tail}"

        return self.rewrite_part(sheet, rewritten)

    def add_part(self, name: str, content: str | bytes = b"x") -> Form:
        self.parts[name] = content.encode() if isinstance(content, str) else content
        return self

    def drop_part(self, name: str) -> Form:
        del self.parts[name]
        return self

    def add_relationship(self, part: str, kind: str, target: str, *, outside: bool = False) -> Form:
        """Add a relationship to a part of the package."""
        folder, _, name = part.rpartition("/")
        links = f"{folder}/_rels/{name}.rels"
        mode = ' TargetMode="External"' if outside else ""
        namespace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        fresh = f'<Relationship Id="rIdNew{len(self.parts)}" Type="{namespace}/{kind}" Target="{target}"{mode}/>'
        return self.replace_text(links, "</Relationships>", f"{fresh}</Relationships>")

    def add_sheet(self, name: str, inside: str, *, state: str = "visible") -> Form:
        """Add a sheet at the end; `inside` is the content of its <worksheet>."""
        number = sum(part.startswith("xl/worksheets/sheet") for part in self.parts) + 1
        part = f"xl/worksheets/sheet{number}.xml"
        head = re.match(r".*?<worksheet[^>]*>", self.parts[TRADE].decode(), re.DOTALL)
        assert head
        self.add_part(part, f"{head[0]}{inside}</worksheet>").add_relationship(
            BOOK, "worksheet", f"worksheets/sheet{number}.xml"
        )
        link = re.findall(r'Id="(rIdNew\d+)"', self.parts[LINKS].decode())[-1]
        fresh = f'<sheet name="{name}" sheetId="{number + 50}" state="{state}" r:id="{link}"/>'
        return self.replace_text(BOOK, "</sheets>", f"{fresh}</sheets>")

    def to_bytes(self, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
        stream = BytesIO()
        with zipfile.ZipFile(stream, "w", compression) as archive:
            for name, content in self.parts.items():
                archive.writestr(zipfile.ZipInfo(name), content, compression, 6)
        return stream.getvalue()


@dataclass(frozen=True)
class ExpectedAnswer:
    """The expected answer to a workbook: one refusal, or exactly these findings; none for a good file.

    `findings` are (sheet!cell, code) of every severity; `values` are cells with the text that must have been read.
    """

    refusal: str = ""
    words: str = ""
    findings: frozenset[tuple[str, str]] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    name: str
    make: Callable[[Form], Form | bytes]
    answer: ExpectedAnswer

    def make_bytes(self, form: Form) -> bytes:
        made = self.make(form)
        return made if isinstance(made, bytes) else made.to_bytes()


def refuses(code: str, words: str) -> ExpectedAnswer:
    return ExpectedAnswer(code, words)


def expects(*findings: str, **values: str) -> ExpectedAnswer:
    """Return the expected answer with these findings and these read values.

    `expects("F4 cell.formula", "市州汇总!E4 cell.blank", G4="40")`; a cell without a sheet is of 加工贸易企业.
    """
    pairs = (finding.rsplit(" ", 1) for finding in findings)
    listed = frozenset((place if "!" in place else f"加工贸易企业!{place}", code) for place, code in pairs)
    return ExpectedAnswer(findings=listed, values=values)


GOOD = expects()
