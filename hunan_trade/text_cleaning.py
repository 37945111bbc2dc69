"""Pure functions that remove invisible characters from typed text."""

from __future__ import annotations

import re
import unicodedata

# Python calls these printable, and nothing of them is to be seen: fillers of Hangul, the blank of Braille, a silent note.
INVISIBLE = re.compile("[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159]")
# They choose the shape of the sign before them, or join it to the next, and leave no gap when they go.
SHAPING = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_INVISIBLE_OR_SHAPING = re.compile(f"{INVISIBLE.pattern}|{SHAPING.pattern}")  # one look at a text instead of two


def tidy(text: str | None) -> str:
    """Return a text on one line: invisible characters become blanks, and blanks at either end are removed.

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
    """Clean each line of a text with `tidy`, and remove empty lines at the beginning and end."""
    return "\n".join(tidy(line) for line in (text or "").splitlines()).strip("\n")


def is_tidy(text: str) -> bool:
    """Return whether every character of the text is visible or an ordinary blank."""
    return text.isprintable() and (text.isascii() or not _INVISIBLE_OR_SHAPING.search(text))


# What two spellings of one name may differ in without being seen: blanks of any width, control and format characters.
# Written for Python and PostgreSQL alike; the first position is not \u0000, which no text of PostgreSQL holds.
UNSEEN = (
    r"[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4"
    r"\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    r"\U000e0001\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
_UNSEEN = re.compile(UNSEEN)
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_UPPER = re.compile("[A-Z]")


def normal_form_for_comparison(text: str) -> str:
    """Return a text in lower case and half width, without blanks and invisible characters, to compare it.

    岳阳　城陵矶 and 岳阳城陵矶 have the same one, ＡＢＣ and "a b c" too. `lists_normal_form` is the same in the database.
    """
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    joined = unicodedata.normalize("NFKC", seen)  # signs may have come together
    return joined.translate(_LOWER) if _UPPER.search(joined) else joined
