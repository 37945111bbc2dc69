"""Removes invisible characters from text that people typed, in one line or several. Pure."""

from __future__ import annotations

import re

# Python calls these printable, and nothing of them is to be seen: fillers of Hangul, the blank of Braille, a silent note.
INVISIBLE = re.compile("[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159]")
# They choose the shape of the sign before them, or join it to the next, and leave no gap when they go.
SHAPING = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def tidy(text: str | None) -> str:
    """Return the text as one line without invisible characters and without blanks at its ends.

    Gives "" for None and for a text in which nothing is visible.

    What cannot be seen counts as a blank: control characters, line breaks, marks of direction or of no width.
    """
    if not text:
        return ""
    if not text.isascii():
        text = INVISIBLE.sub(" ", SHAPING.sub("", text))
    if not text.isprintable():  # so are tabs, line breaks, and blanks of any other width
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.strip(" ")


def tidy_lines(text: str | None) -> str:
    """Clean each line of a text as `tidy` does, and remove empty lines at the beginning and the end."""
    return "\n".join(tidy(line) for line in (text or "").splitlines()).strip("\n")


def is_tidy(text: str) -> bool:
    """Return whether every character of the text is visible or an ordinary blank."""
    return text.isprintable() and (text.isascii() or not (INVISIBLE.search(text) or SHAPING.search(text)))
