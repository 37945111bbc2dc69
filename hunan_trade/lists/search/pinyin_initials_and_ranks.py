"""Functions that return the pinyin initials of Chinese characters and the characters' order by pinyin.

By the initials names are found, in that order they are listed. The dictionary of pypinyin also holds readings that
nobody uses any more (市 as fú), by which half of all characters would be ambiguous. A reading counts if one of its
47,000 words has it, else the first one of the character.

The dictionary takes 20 MB, so this is for the migration that creates the database's functions alone.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

FIRST, LAST = 0x3400, 0x9FFF  # the characters that names are made of; rarer ones stand for themselves
# Readings that only names have, and that no word shows.
NAME_READINGS = {
    "区": ("ōu",),
    "翟": ("zhái", "dí"),
    "覃": ("qín", "tán"),
    "谌": ("chén", "shèn"),
    "隗": ("kuí", "wěi"),
    "召": ("shào",),
    "折": ("shé",),
}
_NO_READING = 0
_FIRST_AMBIGUOUS = 128  # bytes below are the letters themselves


@dataclass(frozen=True)
class Initials:
    """A compact table of the pinyin initials of all Chinese characters from code FIRST to code LAST.

    `places` has one byte for each: its letter, 0 without a reading, or 128 and the place in `ambiguous`, which lists the
    letters of characters with several, the most frequent one first.
    """

    places: bytes
    ambiguous: tuple[str, ...]


def make_initials_table() -> Initials:
    readings = _readings()
    letters = [
        "".join(dict.fromkeys(_without_tone(reading)[0] for reading in readings.get(chr(code), ())))
        for code in range(FIRST, LAST + 1)
    ]
    ambiguous = sorted({several for several in letters if len(several) > 1})
    places = {several: _FIRST_AMBIGUOUS + at for at, several in enumerate(ambiguous)}
    return Initials(
        bytes(places.get(each) or (ord(each) if each else _NO_READING) for each in letters), tuple(ambiguous)
    )


def order_ranks() -> list[int]:
    """Return a list of the ranks in pinyin order of the Chinese characters from code point FIRST to LAST.

    The order is by pinyin, tone and code; characters without a reading are last.
    """
    readings = _readings()
    codes = range(FIRST, LAST + 1)
    order = sorted(codes, key=lambda code: (_sort_key(readings.get(chr(code), [])), code))
    ranks = {code: rank for rank, code in enumerate(order)}
    return [ranks[code] for code in codes]


def _sort_key(readings: list[str]) -> tuple[str, int]:
    if not readings:
        return "~", 0
    tones = [_TONES[sign] for sign in unicodedata.normalize("NFD", readings[0]) if sign in _TONES]
    return _without_tone(readings[0]), tones[0] if tones else 5


_TONES = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}


def _without_tone(reading: str) -> str:
    """Return a pinyin reading in plain letters without its tone, such as lu for lǜ."""
    return "".join(sign for sign in unicodedata.normalize("NFD", reading) if sign.isascii())


def _readings() -> dict[str, list[str]]:
    """Return the pinyin readings of each Chinese character, the most frequent first.

    Readings that nobody uses any more are left out.
    """
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, syllables in PHRASES_DICT.items():
        if len(word) == len(syllables):
            for character, (reading, *_) in zip(word, syllables, strict=True):
                found[character][reading] += 1
    used = {}
    for code, listed in PINYIN_DICT.items():
        character = chr(code)
        every = listed.split(",")
        in_words = [reading for reading, _ in found[character].most_common() if reading in every]
        used[character] = [*(in_words or every[:1]), *NAME_READINGS.get(character, ())]
    return used
