"""Program that parses an uploaded document inside the sandbox.

It writes the JSON of docs/plan-reading.md, or nothing where the memory does not suffice.
"""

from __future__ import annotations

import codecs
import json
import sys

from hunan_trade.workbooks import sandbox
from targets.document_parser import read_plan

_ALPHABETS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")  # behind the walls no module can be opened


def main() -> None:
    """Read a document and names to look for from standard input; print the parsed work plan as JSON."""
    for name in _ALPHABETS:
        codecs.decode(b"", name)
    payload, _ = sandbox.read_upload_and_enter_sandbox()
    try:
        head, _, data = payload.partition(b"\n")
        answer = json.dumps(read_plan(data, json.loads(head)).as_json(), ensure_ascii=False).encode()
    except MemoryError:
        answer = b""
    sys.stdout.buffer.write(answer)
    sandbox.exit_now()


if __name__ == "__main__":
    main()
