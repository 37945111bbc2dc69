"""What people type, made fit to be kept: nothing that cannot be seen, one line where one is asked. Pure."""

from __future__ import annotations

import re

# Python calls these printable, and nothing of them is to be seen: fillers of Hangul, the blank of Braille, a silent note.
UNSEEN = re.compile("[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159]")
# They choose the shape of the sign before them, or join it to the next, and leave no gap when they go.
SHAPING = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def tidy(text: str | None) -> str:
    """Give one line without outer blanks of any width: "" for what shows nothing.

    What cannot be seen counts as a blank: control characters, line breaks, marks of direction or of no width.
    """
    if not text:
        return ""
    if not text.isascii():
        text = UNSEEN.sub(" ", SHAPING.sub("", text))
    if not text.isprintable():  # so are tabs, line breaks, and blanks of any other width
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.strip(" ")


def tidy_lines(text: str | None) -> str:
    """Give each line as `tidy` does; breaks stay, but for those before the first and after the last words."""
    return "\n".join(tidy(line) for line in (text or "").splitlines()).strip("\n")


def is_tidy(text: str) -> bool:
    """Tell whether all of it can be seen; ordinary blanks may stand anywhere."""
    return text.isprintable() and (text.isascii() or not (UNSEEN.search(text) or SHAPING.search(text)))
