"""Fuzzes the parser of uploaded work plans with atheris.

The parser must refuse a file, or read the file without losing text.
    .venv/bin/pip install atheris==3.0.0
    .venv/bin/python scripts/fuzz_plan_reading.py /tmp/seeds -max_total_time=600 -timeout=10

The first folder keeps what was found; it is filled with the documents of the tests. A crash, a text that does not come
back, or an input that takes longer than the timeout ends the run and is written beside it.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
with atheris.instrument_imports():
    from targets.document_parser import read_plan

DOCUMENTS = ROOT / "targets" / "tests" / "reading"
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


def without_whitespace(text: str) -> str:
    return re.sub(r"\s", "", text)


def check_parsing_of_fuzz_input(data: bytes) -> None:
    """Parse one fuzz input as a work plan and check that no text is lost.

    The first byte chooses raw bytes, a text file, or a Word document's XML.
    """
    if not data:
        return
    kind, rest = data[0] % 3, data[1:]
    if kind == 0:
        read_plan(rest)
    elif kind == 1:
        text = rest.decode("utf-8", "ignore").removeprefix("\ufeff")
        document = read_plan(text.encode())
        if not document.refused and without_whitespace(
            "".join(node.text for node in document.nodes)
        ) != without_whitespace(text):
            raise AssertionError("the text did not come back")
    else:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as package:
            package.writestr("word/document.xml", BODY.format(rest.decode("utf-8", "ignore")))
        read_plan(content.getvalue())


def write_seed_files(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in DOCUMENTS.glob("*.txt"):
        (folder / path.name).write_bytes(b"\x01" + path.read_bytes()[:4000])
    for path in DOCUMENTS.glob("*.docx"):
        document = zipfile.ZipFile(path).read("word/document.xml").decode()
        inside = re.search(r"<w:body>(.*)</w:body>", document, re.DOTALL)
        (folder / path.name).write_bytes(b"\x02" + (inside[1] if inside else "")[:4000].encode())


if __name__ == "__main__":
    write_seed_files(Path(sys.argv[1]))
    atheris.Setup(sys.argv, check_parsing_of_fuzz_input)
    atheris.Fuzz()
