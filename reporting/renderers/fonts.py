"""Finds fonts for PDF files and checks that the fonts have every character of a text.

The standard's faces are commercial and cannot be shipped: where the machine has them they are used, and the free
Noto SC faces stand in everywhere else. typst prints an empty box for a character no face has, without a word, so each
character is looked up first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst
from fontTools.ttLib import TTFont

from reporting.renderers.text_for_all_formats import UnprintableCharacter

_SERIF = "Noto Serif SC"
_SANS = "Noto Sans SC"
# For each role the faces to look for on the machine, best first, and the one that is always there.
_FACES_BY_ROLE = {
    "body": (("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "FZFangSong-Z02S"), _SERIF),
    "title": (("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", "STZhongsong"), _SERIF),
    "hei": (("SimHei", "黑体", "STHeiti", "FZHei-B01S"), _SANS),
    "kai": (("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti", "FZKai-Z03S"), _SERIF),
    "lead": (("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti", "FZKai-Z03S"), _SANS),
    "song": (("SimSun", "宋体", "STSong", "FZShuSong-Z01S"), _SERIF),
}


@dataclass(frozen=True)
class DocumentFonts:
    """The fonts for each kind of text in a document, such as title and body.

    `families` gives each role its fonts, best first; `loaded` is what the compiler is started with.
    """

    loaded: typst.Fonts
    families: dict[str, tuple[str, ...]]
    coverage: frozenset[str]  # the characters that can be printed in every role

    @property
    def needs_thick_title(self) -> bool:
        """Whether titles must be thickened because the machine lacks the standard title font (小标宋).

        It stands in for 方正小标宋.
        """
        return len(self.families["title"]) == 1

    def check_characters(self, text: str) -> None:
        """Raise UnprintableCharacter if the fonts lack a character of the text."""
        if not self.coverage.issuperset(text):
            character = next(c for c in text if c not in self.coverage)
            raise UnprintableCharacter(character, text, "字库里没有字符")


@cache
def document_fonts() -> DocumentFonts:
    """Return the fonts found on this machine for reports; each process searches the machine only once."""
    loaded = typst.Fonts(
        include_system_fonts=True, include_embedded_fonts=False, font_paths=[Path(pylopdf_fonts_zh_cn.__file__).parent]
    )
    files = {info.family: (info.path, info.index) for info in loaded.fonts() if info.path}
    families: dict[str, tuple[str, ...]] = {}
    for role, (wanted, stand_in) in _FACES_BY_ROLE.items():
        own = next((family for family in wanted if family in files), None)
        families[role] = (own, stand_in) if own else (stand_in,)
    covered = [
        frozenset[str]().union(*(_characters_of_font(*files[family]) for family in chain))
        for chain in families.values()
    ]
    return DocumentFonts(loaded, families, frozenset.intersection(*covered))


@cache
def _characters_of_font(path: str, index: int) -> frozenset[str]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
