"""Formats numbers by a cell's number format, in the way that Excel and WPS display them.

Also finds formats that show another number than the cell's.

The grammar is that of ECMA-376 part 1, 18.8.31, with `!` before a sign to show it, as Chinese Excel and WPS have it.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache

from hunan_trade.workbooks import serial_dates
from hunan_trade.workbooks.serial_dates import Token

_WIDE = Context(prec=800, rounding=ROUND_HALF_UP)  # a double has at most 308 digits before the point
_CODE_CHARACTERS = 255  # more than a program takes
_ACCOUNTING = '_ {0}* #,##0{1}_ ;_ {0}* \\-#,##0{1}_ ;_ {0}* "-"{2}_ ;_ @_ '
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy/m/d h:mm", 30: "m-d-yy", 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"',
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)",
    41: _ACCOUNTING.format("", "", ""), 42: _ACCOUNTING.format("¥", "", ""), 43: _ACCOUNTING.format("", ".00", "??"),
    44: _ACCOUNTING.format("¥", ".00", "??"), 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    67: "0%", 68: "0.00%",
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'), **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    31: 'yyyy"年"m"月"d"日"', **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'),
    **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'), **dict.fromkeys(range(71, 82), "yyyy/m/d"),
}  # fmt: skip

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.?)|_(?P<pad>.?)|\*(?P<fill>.?)|\[(?P<bracket>[^\]]*)\]?'
    r"|(?P<general>general|g/通用格式)|(?P<half>am/pm|a/p|上午/下午)|(?P<exponent>e[+-])"
    r"|(?P<date>y+|m+|d+|h+|s+|a{3,})|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)"
    r"|(?P<slash>/)|(?P<text>@)|(?P<end>;)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*([+-]?\d+(?:\.\d+)?)")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_RED = {"red", "红色", "color3", "color 3"}
_MINUS = re.compile(r"[-−－(（][^\w]*$")  # right before the digits
_ANY_MINUS = re.compile("[-−－(（▲△]")
_NUMBER = re.compile(r"(\D*?)((?:\d+(?:[, \u00a0]\d{3})*)?(?:\.\d+)?)(\D*)", re.DOTALL)
_NUMBER_START = re.compile(r"\d")
_RATIO = re.compile(r"[%‰‱％﹪]|^[¹²³⁰⁴-⁹]")


@dataclass(frozen=True)
class Section:
    """One section of an Excel number format, such as the second of 0.0;[Red]-0.0: tokens, condition and colour."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    red: bool = False
    has_date: bool = False

    def has_token(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.tokens)

    @cached_property
    def literals(self) -> str:
        return "".join(text for kind, text in self.tokens if kind == "literal")

    @cached_property
    def thousands_divisions(self) -> int:
        """Return how many times the section divides by 1,000: once for each comma after the last digit, as in 0,,.

        One for each comma after the last digit placeholder.
        """
        kinds = [kind for kind, _ in self.tokens]
        first = kinds.index("digit") if "digit" in kinds else len(kinds)
        behind = [kinds[at + 1 :] for at, kind in enumerate(kinds) if kind == "comma" and at > first]
        return sum(next((kind for kind in rest if kind != "comma"), "") != "digit" for rest in behind)

    @cached_property
    def fraction_slash_index(self) -> int:
        """Return the token index of the slash in a fraction such as # ?/?; -1 if there is none."""
        kinds = [kind for kind, _ in self.tokens]
        at = kinds.index("slash") if "slash" in kinds else -1
        return at if at > 0 and "digit" in kinds[:at] and "point" not in kinds else -1

    @cached_property
    def is_general_or_special_notation(self) -> bool:
        """Return whether the section is General or shows numbers as text, with an exponent or as a fraction."""
        return self.has_token("general", "text", "exponent") or self.fraction_slash_index >= 0


@dataclass(frozen=True)
class NumberFormat:
    """A parsed Excel number format, such as #,##0;-0, made of up to four sections."""

    sections: tuple[Section, ...]

    @cached_property
    def is_date(self) -> bool:
        return any(section.has_date for section in self.sections[:3])

    def is_percent(self, value: Decimal) -> bool:
        return not self.is_date and self._section_for(value)[1].has_token("percent")

    @cached_property
    def shows_leading_zeros_or_fraction(self) -> bool:
        """Return whether the format shows leading zeros (1 as 01) or fractions.

        That matters for texts, not for figures.
        """
        return any(
            section.fraction_slash_index >= 0 or _count_integer_zero_placeholders(section) > 1
            for section in self.sections[:1]
        )

    @cached_property
    def never_shows_different_number(self) -> bool:
        """Return whether the format shows every number unchanged except for rounding and separators."""
        numbers = self._number_sections
        return (
            not self.is_date
            and not any(section.condition for section in numbers)
            and all(_never_shows_different_number(section, at) for at, section in enumerate(numbers))
        )

    @cached_property
    def _number_sections(self) -> tuple[Section, ...]:
        """Return the sections of the format that apply to numbers; a section for texts (@) is left out."""
        last = len(self.sections) - 1
        return tuple(s for at, s in enumerate(self.sections[:3]) if not (at and at == last and s.has_token("text")))

    def _section_for(self, value: Decimal) -> tuple[int, Section]:
        numbers = self._number_sections
        if any(section.condition for section in numbers[:2]):
            for at, section in enumerate(numbers[:2]):
                if section.condition and _condition_holds(section.condition, value):
                    return at, section
            bare = [at for at, section in enumerate(numbers) if not section.condition]
            return (bare[-1], numbers[bare[-1]]) if bare else (len(numbers), Section((("literal", "#"),)))
        at = 0 if value > 0 or len(numbers) == 1 else 1 if value < 0 else min(2, len(numbers) - 1)
        return (0, numbers[0]) if value == 0 and at == 1 else (at, numbers[at])

    def show(self, value: Decimal, *, epoch_1904: bool = False) -> str:
        """Return the text that a cell with this format shows for the value, without colour and padding blanks."""
        at, section = self._section_for(value)
        if section.has_date:
            return serial_dates.format_date(section.tokens, value, epoch_1904=epoch_1904)
        text = _format_absolute_value(section, value)
        signed = value >= 0 or self._is_for_negatives(at, section) or _MINUS.search(_NUMBER_START.split(text)[0])
        return text.strip() if signed or not any(c.isdecimal() for c in text) else f"-{text.strip()}"

    def _is_for_negatives(self, at: int, section: Section) -> bool:
        """Return whether this section formats only negative numbers, so that no minus sign is added."""
        return at == 1 and not any(each.condition for each in self.sections[:2])

    def shows_different_number(self, value: Decimal) -> bool:
        """Return whether the displayed number differs from the value by more than rounding and separators."""
        at, section = self._section_for(value)
        if section.has_date or section.has_token("percent") or _RATIO.search(section.literals):
            return True
        if section.is_general_or_special_notation:
            return section.thousands_divisions > 0 or any(c.isdecimal() for c in section.literals)
        read = _NUMBER.fullmatch(_format_absolute_value(section, value).strip())
        if read is None or _RATIO.search(read[3]):
            return True
        before, number = read[1], read[2].replace(",", "").replace(" ", "").replace("\u00a0", "")
        if not number:
            return value != 0 and not (section.has_token("digit") and _round_half_up(abs(value), 0) == 0)
        shown = Decimal(number if number[0] != "." else f"0{number}")
        if shown != _round_half_up(abs(value), len(number.partition(".")[2])):
            return True
        if section.condition and value < 0:
            return False
        if self._is_for_negatives(at, section):
            return shown != 0 and not section.red and not _ANY_MINUS.search(section.literals)
        return shown != 0 and bool(_MINUS.search(before))


@lru_cache(512)
def parse_format(code: str) -> NumberFormat:
    """Parse an Excel number format such as 0.00;[Red]-0.00; an invalid one is parsed as far as possible."""
    sections: list[Section] = []
    tokens: list[Token] = []
    condition, red, has_date = None, False, False
    for match in _TOKEN.finditer(code[:_CODE_CHARACTERS]):
        kind = match.lastgroup or ""
        text = match[kind]
        if kind == "end":
            sections.append(Section(tuple(tokens), condition, red, has_date))
            tokens, condition, red, has_date = [], None, False, False
            continue
        if kind == "bracket":
            if found := _CONDITION.fullmatch(text.strip()):
                condition = found[1], Decimal(found[2])
            elif _ELAPSED.fullmatch(text):
                tokens.append(("elapsed", text.lower()))
                has_date = True
            elif text.startswith("$"):
                money, _, locale = text[1:].rpartition("-") if "-" in text else (text[1:], "", "")
                tokens.append(("literal", money))
                has_date = has_date or locale.lower() in ("f800", "f400")
            red = red or text.strip().lower() in _RED
            continue
        has_date = has_date or kind in ("date", "half")
        if kind in ("quoted", "escaped", "other"):
            kind = "literal"
        elif kind in ("pad", "fill"):
            kind, text = "literal", " "
        tokens.append((kind, text))
    sections.append(Section(tuple(tokens), condition, red, has_date))
    if not any(section.tokens for section in sections) and len(sections) == 1:
        return parse_format("General")
    return NumberFormat(tuple(sections[:4]))


def built_in_format(number: int) -> NumberFormat:
    """Return Excel's built-in number format with this id, or the format General for an unknown id."""
    return parse_format(BUILT_IN.get(number, "General"))


def _condition_holds(condition: tuple[str, Decimal], value: Decimal) -> bool:
    sign, limit = condition
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit, "=": value == limit,
        "<>": value != limit,
    }[sign]  # fmt: skip


def _never_shows_different_number(section: Section, at: int) -> bool:
    literals = section.literals
    if (
        section.has_token("percent")
        or section.thousands_divisions
        or any(c.isdecimal() for c in literals)
        or _RATIO.search(literals)
    ):
        return False
    if at == 2:  # whatever it shows, it is of nothing but zero
        return True
    if section.is_general_or_special_notation:
        return not at or bool(_ANY_MINUS.search(literals)) or section.red
    kinds = [kind for kind, _ in section.tokens]
    if "digit" not in kinds:
        return False
    first, last = kinds.index("digit"), len(kinds) - kinds[::-1].index("digit")
    before = "".join(text for _, text in section.tokens[:first])
    inside = [kind for kind in kinds[first:last] if kind not in ("digit", "comma")]
    if "point" in kinds[:first]:
        return kinds[:first].count("point") == 1 and kinds[first - 1] == "point" and not inside and before == "."
    sign_is_shown = bool(_ANY_MINUS.search(literals)) or section.red if at else not _MINUS.search(before)
    commas = "comma" in kinds[:first] or ("comma" in kinds[kinds.index("point") :] if "point" in kinds else False)
    return inside in ([], ["point"]) and not commas and "." not in before and sign_is_shown


def _count_integer_zero_placeholders(section: Section) -> int:
    whole = []
    for token in section.tokens:
        if token[0] == "point":
            break
        whole.append(token)
    return 0 if section.is_general_or_special_notation else sum(token == ("digit", "0") for token in whole)


def _round_half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), context=_WIDE)


def _scale_by_percents_and_commas(section: Section, value: Decimal) -> Decimal:
    percents = sum(kind == "percent" for kind, _ in section.tokens)
    return value.scaleb(2 * percents - 3 * section.thousands_divisions, context=_WIDE)


def _fill_digit_placeholders(section: Section, value: Decimal) -> str:
    """Return a number as a format section with the placeholders 0, # and ? shows it, such as 2 as 2.0 for 0.0."""
    kinds = [kind for kind, _ in section.tokens]
    point = kinds.index("point") if "point" in kinds else len(kinds)
    places = kinds[point:].count("digit")
    number = f"{_round_half_up(_scale_by_percents_and_commas(section, value), places):f}"
    whole, _, decimals = number.partition(".")
    whole = whole.lstrip("0") if "digit" in kinds else ""
    grouped = any(
        kind == "comma" and "digit" in kinds[:at] and "digit" in kinds[at:point]
        for at, kind in enumerate(kinds[:point])
    )
    return _format_integer_part(section.tokens[:point], whole, grouped) + _format_decimal_part(
        section.tokens[point:], decimals
    )


def _format_integer_part(tokens: tuple[Token, ...], whole: str, grouped: bool) -> str:
    left = sum(kind == "digit" for kind, _ in tokens)
    if not left:  # .00 shows 12.50 all the same
        return "".join(text for kind, text in tokens if kind != "comma") + whole
    shown: list[str] = []
    count = 0
    for kind, text in reversed(tokens):
        if kind == "digit":
            left -= 1
            taken = whole if left == 0 else whole[-1:]
            whole = whole[: len(whole) - len(taken)]
            for digit in reversed(taken) if taken else {"0": "0", "?": " "}.get(text, ""):
                shown.append("," if grouped and count and count % 3 == 0 and digit != " " else "")
                shown.append(digit)
                count += 1
        elif kind != "comma":
            shown.append(text)
    return "".join(reversed(shown))


def _format_decimal_part(tokens: tuple[Token, ...], decimals: str) -> str:
    """Return a number's decimals as the format's tokens show them: trailing zeros only where the format has 0."""
    significant = len(decimals.rstrip("0"))
    shown, at = [], 0
    for kind, text in tokens:
        if kind == "digit":
            shown.append(decimals[at] if at < significant or text == "0" else " " if text == "?" else "")
            at += 1
        elif kind != "comma":
            shown.append(text)
    return "".join(shown)


def _format_absolute_value(section: Section, value: Decimal) -> str:
    return (
        _format_general_or_special_notation(section, abs(value))
        if section.is_general_or_special_notation
        else _fill_digit_placeholders(section, abs(value))
    )


def _format_general_or_special_notation(section: Section, value: Decimal) -> str:
    value = _scale_by_percents_and_commas(section, value)
    if section.fraction_slash_index >= 0:
        return _format_fraction(section, value)
    shown, at = [], 0
    if section.has_token("exponent"):
        return _format_scientific(section, value)
    for kind, text in section.tokens:
        shown.append(f"{value.normalize(_WIDE):f}" if kind in ("general", "text") and not at else text)
        at += kind in ("general", "text")
    return "".join(shown)


def _format_scientific(section: Section, value: Decimal) -> str:
    kinds = [kind for kind, _ in section.tokens]
    at = kinds.index("exponent")
    point = kinds.index("point") if "point" in kinds[:at] else at
    step, places = max(kinds[:point].count("digit"), 1), kinds[point:at].count("digit")
    power = value.adjusted() // step * step if value else 0
    mantissa = _round_half_up(value.scaleb(-power, context=_WIDE), places)
    sign = "-" if power < 0 else "+" if section.tokens[at][1].endswith("+") else ""
    return f"{mantissa:f}E{sign}{abs(power):0{max(kinds[at:].count('digit'), 1)}d}"


def _format_fraction(section: Section, value: Decimal) -> str:
    below = "".join(
        text for kind, text in section.tokens[section.fraction_slash_index + 1 :] if kind in ("digit", "literal")
    ).strip()
    whole_too = any(kind == "literal" for kind, _ in section.tokens[: section.fraction_slash_index])
    whole = int(value) if whole_too else 0
    rest = Fraction(value) - whole
    if below.isdecimal() and int(below):
        over, under = round(rest * int(below)), int(below)
    else:
        near = rest.limit_denominator(10 ** min(max(len(below), 1), 4) - 1)
        over, under = near.numerator, near.denominator
    if whole_too and over == under:
        whole, over = whole + 1, 0
    if not over:
        return str(whole)
    return f"{whole} {over}/{under}" if whole else f"{over}/{under}"
