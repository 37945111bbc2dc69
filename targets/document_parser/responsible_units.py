"""Finds the units (offices) responsible for an item, as in 责任单位：省商务厅."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ROLE = r"(?:牵头|负责|配合|参与|协办|主办|承办|落实|组织实施|具体负责|分工负责|按职责分工负责)"
_LABEL = re.compile(
    r"(?:牵头|责任|配合|主责|协办|承办|主办|参与|参加|协同|落实|实施|负责|完成|主管|协助|督办|分管)(?:单位|部门|科室|处室|股室|司局|机构|领导|主体|县区|企业|方|站所|中心)(?:和单位|及单位|和部门)?\s*[:：]\s*"
)
_BRACKET = re.compile(
    r"[（(\[【]([^（）()\[\]【】]{2,400}(?:[（(][^（）()]{0,40}[）)][^（）()\[\]【】]{0,200}){0,12})[）)\]】]"
)
_NO_UNIT = re.compile(r"完成时限|完成时间|时限|时间|\d|联系|电话|进度")
_SPLIT = re.compile(
    r"[、，,；;。](?![^（(]*[）)])|\s{1,}|(?<=[局厅委办府社院会])(?:和|及|与|以及|会同)(?=[\u4e00-\u9fff]{2})"
)
_ROLE_END = re.compile(
    r"(?:等)?(?:按(?:照)?(?:各自)?职责分工|按职能分工|按职责|共同|分别|具体|分头|联合)?(?:牵头|负责|配合|参与|参加|协办|主办|承办|落实|组织实施|协助|会同|抓好落实|推进)+(?:实施|落实|负责)?(?:单位)?$"
)
_PASSIVE = re.compile(
    r"由([^，。；;由]{2,60}?)(?:牵头(?=组织|[，。；;）)]|$)|负责(?=[，。；;）)]|$))(?:[，,]([^，。；;]{2,120}?)(?:配合|参与|协助)(?=[，。；;）)]|$))?"
)


def find_responsible_units(text: str) -> tuple[str, ...]:
    """Return the offices that a text names as responsible, as in 责任单位：省商务厅, each once, in text order."""
    found: dict[str, None] = {}
    for part in _unit_passages(text):
        for name in _SPLIT.split(part):
            cleaned = _clean_unit_name(name)
            if cleaned:
                found[cleaned] = None
    return tuple(found)


def _is_at_paragraph_end(text: str, place: int) -> bool:
    """Return whether nothing but 。 or ； stands between position `place` and the end of its paragraph."""
    rest = text[place : place + 2].lstrip("。；;")
    return not rest or rest[0] == "\n"


_OFFICE_SIGNS = "局厅委办府部处科室司行院中心公"
_OFFICE = re.compile(
    r"(?:局|厅|委|办|办公室|政府|公司|集团|中心|处|院|部|科|室|股|组|社|会|队|站|所|司|行|校|镇|乡|街道|区|县|市|单位|部门|馆|园|厂|管委会)$"
)


def split_unit_names(text: str) -> tuple[str, ...]:
    """Split a table cell's text such as 省商务厅、省财政厅 into the names of offices, each once."""
    return tuple(dict.fromkeys(cleaned for name in _SPLIT.split(text) if (cleaned := _clean_unit_name(name))))


def _unit_passages(text: str) -> Iterator[str]:
    """Yield the passages of a text that name responsible offices: in brackets, after a label or as in 由…牵头."""
    covered: list[tuple[int, int]] = []
    for bracket in _BRACKET.finditer(text):
        inside = bracket[1]
        if _LABEL.search(inside):
            covered.append(bracket.span())
            yield from _text_after_labels(inside)
        elif re.search(rf"{_ROLE}(?:单位)?(?:[，,；;、。]|$)", inside) or (
            _is_at_paragraph_end(text, bracket.end())
            and len(inside) > 2
            and text[max(0, bracket.start() - 1)] not in _OFFICE_SIGNS
            and all(_OFFICE.search(name) for name in _SPLIT.split(inside) if name)
        ):
            covered.append(bracket.span())
            yield inside
    for match in _LABEL.finditer(text):
        if not any(begin <= match.start() < end for begin, end in covered):
            line_end = re.compile(r"[。\n]|$").search(text, match.end())
            end = line_end.start() if line_end else len(text)
            covered.append((match.start(), end))
            yield from _text_after_labels(text[match.start() : end])
    for match in _PASSIVE.finditer(text):
        if not any(begin <= match.start() < end for begin, end in covered):
            yield match[1]
            if match[2]:
                yield match[2]


def _text_after_labels(text: str) -> Iterator[str]:
    """Yield the text after each label such as 责任单位： up to the next label or deadline."""
    labels = list(_LABEL.finditer(text))
    for place, label in enumerate(labels):
        end = labels[place + 1].start() if place + 1 < len(labels) else len(text)
        words = text[label.end() : end]
        other = re.search(
            r"[；;，,。]?\s*(?:完成时限|完成时间|时限要求|时间要求|时限|进度安排|目标要求)\s*[:：]?", words
        )
        yield words[: other.start()] if other else words


def _clean_unit_name(name: str) -> str:
    """Return an office's name without words for its role, such as 牵头 (leads), or "" if `name` is no office."""
    words = _ROLE_END.sub("", name.strip(' 　:：。.“”"'))
    words = re.sub(r"[（(](?:牵头|负责|配合|主责|参与)[^（）()]*[）)]$", "", words)
    if not re.search(r"[（(].*[）)]", words):
        words = words.strip("（）()")
    words = re.sub(r"^(?:由|各由|并由|和|及|与)", "", words).strip()
    if words.endswith("等") and len(words) > 3:
        words = words[:-1]
    if len(words) < 2 or len(words) > 40 or _NO_UNIT.search(words) or words in ("分别", "按照职责分工", "各单位按职责"):
        return ""
    return words
