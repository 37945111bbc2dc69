"""Splits a plan document into parts, such as covering notice and body, and finds its title.

Finds the issuer, number and date as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from targets.document_parser.item_number_markers import marker_at_start
from targets.document_parser.numerals import CHINESE, parse_chinese_numeral, to_half_width
from targets.document_parser.outline_from_paragraphs import bold_opening_end, has_bold_openings, opens_node
from targets.document_parser.text_file_paragraphs import Paragraph

GENRE = (
    r"要点|工作计划|行动计划|计划|实施方案|工作方案|行动方案|方案|重点工作|重点任务|任务分解表?|任务清单|责任分工|分工|责任清单|责任书"
    r"|工作安排|任务安排|安排|目标任务|工作目标|目标|实施意见|意见|规划|纲要|部署|打算|思路|任务书?|举措|措施|清单|责任分解表?|分解表?|台账"
)
TITLE_END = re.compile(rf"(?:{GENRE})(?:[（(](?:试行|征求意见稿|送审稿|讨论稿|草案|暂行|修订)[）)])?[》”]?$")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,14}[〔\[【（(〈]\s*(?:19|20)\d{2}\s*[〕\]】）)〉]\s*(?:第\s*)?\d{1,5}\s*号")
_DAY = re.compile(r"((?:19|20)\d{2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_HAN_DAY = re.compile(rf"([二一][〇○零O0{CHINESE}]{{3}})年([{CHINESE}]{{1,3}})月([{CHINESE}]{{1,3}})日")
_YEAR = re.compile(r"((?:19|20)\d{2})\s*年?")
_ANNEX_LINE = re.compile(r"附\s*件\s*(?:\d{1,2}|[一二三四五六七八九十])?\s*[：:]?$")
_NAMED_PLAN = re.compile(rf"《([^《》]{{4,60}}?(?:{GENRE})(?:[（(][^（）()]{{2,8}}[）)])?)》")
_NOTICE = re.compile(
    r"现(?:将.{2,80})?(?:印发|转发|下发|发)(?:给|你|如下|各)|印发给(?:你|各)|(?:印发|转发|下发).*的通知$"
)
_OFFICE_END = r"(?:局|厅|委|委员会|办|办公室|政府|公司|集团|中心|处|院|部|社|协会|联合会|领导小组|指挥部|总队|支队|大队|学校|大学|学院|医院|银行|党组|工会|团委|署|馆|站|所|室|队|会)"
_SIGNATURE = re.compile(rf"[\u4e00-\u9fff（）()、\s]{{2,60}}{_OFFICE_END}(?:[（(][^）)]*[）)])?")
_CLOSING = re.compile(
    r"附\s*件|附[：:]|附表|抄\s*送|(?:主|报|分|发)\s*送[：:]|[（(]?联系(?:人|电话|方式)|[（(]?此件|[（(]?信息公开|[（(]?公开(?:属性|方式|范围|形式|类别)|.{2,40}印发$|主题词"
)


@dataclass(frozen=True)
class DocumentHead:
    """Title, issuing office, document number and date of a work plan, each of which may be empty."""

    title: str = ""
    issuer: str = ""
    number: str = ""
    issued_on: date | None = None

    @property
    def year(self) -> int | None:
        """Return the year named in the document's title, or else the year of the document's date."""
        found = _YEAR.search(to_half_width(self.title))
        return int(found[1]) if found else self.issued_on.year if self.issued_on else None


@dataclass(frozen=True)
class DocumentParts:
    """The paragraphs of a document, divided into covering notice, title lines, opening, body and end."""

    cover: Sequence[Paragraph]
    head: Sequence[Paragraph]
    opening: Sequence[Paragraph]
    body: Sequence[Paragraph]
    end: Sequence[Paragraph]
    facts: DocumentHead


def split_document(document: Sequence[Paragraph]) -> DocumentParts:
    """Divide a document's paragraphs into covering notice, title lines, opening, body and end."""
    plan_start = _find_plan_start(document)
    top = document[plan_start : _find_first_marked_paragraph(document, plan_start)]
    lines, title = _find_title(top, _plan_title_in_notice(document[:plan_start]))
    head_end = _find_head_end(top, lines)
    begin = _find_body_start(document, plan_start + head_end)
    finish = _find_signature_start(document, begin)
    top = document[plan_start:begin]
    end = document[finish:]
    facts = _find_issuer_number_and_date(document[:plan_start], top[:head_end], end, title)
    return DocumentParts(document[:plan_start], top[:head_end], top[head_end:], document[begin:finish], end, facts)


def _find_plan_start(document: Sequence[Paragraph]) -> int:
    """Return the index of a document's first paragraph after the covering notice, or 0 if it has no notice."""
    notice = False
    dated = 0
    for place, paragraph in enumerate(document):
        text = paragraph.text
        if place and _ANNEX_LINE.fullmatch(text) and notice:
            return place
        notice = notice or bool(_NOTICE.search(text[:_NOTICE_MOST]))
        if notice and _is_date_line(text):
            dated = place + 1
        elif dated and dated == place:
            if _CLOSING.match(text):
                dated += 1
            elif _find_title(document[place : place + 4], "")[1]:
                return place
        if opens_node(paragraph) and not _follows_annex_line(document, place) and not notice:
            return 0
        if place > _FARTHEST:
            break
    return 0


_NOTICE_MOST = 400  # characters of a paragraph that are looked at
_FARTHEST = 60  # paragraphs that a covering notice may have


def _follows_annex_line(document: Sequence[Paragraph], place: int) -> bool:
    """Return whether one of the six paragraphs before index `place` begins with 附件 (annex)."""
    return any(re.match(r"附\s*件", paragraph.text) for paragraph in document[max(0, place - 6) : place])


def _plan_title_in_notice(cover: Sequence[Paragraph]) -> str:
    """Return the plan's title that the covering notice quotes in 《》, or "" if it quotes none."""
    for paragraph in cover:
        if found := _NAMED_PLAN.search(paragraph.text):
            return found[1]
    return ""


def _find_first_marked_paragraph(document: Sequence[Paragraph], plan_start: int) -> int:
    places = range(plan_start, len(document))
    return next(
        (place for place in places if document[place].cell is None and marker_at_start(document[place].text)),
        len(document),
    )


def _find_body_start(document: Sequence[Paragraph], after: int) -> int:
    led = has_bold_openings(document)
    for place in range(after, len(document)):
        if opens_node(document[place]) or (led and bold_opening_end(document[place])):
            return place
    return len(document)


def _find_title(top: Sequence[Paragraph], named: str) -> tuple[list[int], str]:
    """Return the indexes of the paragraphs that make up a document's title, and the title.

    `named` is the title as quoted by the covering notice.
    """
    plain = [re.sub(r"\s", "", paragraph.text) for paragraph in top[:12]]
    if named:
        wanted = re.sub(r"\s", "", named)
        for first in range(len(plain)):
            for last in range(first, min(first + 3, len(plain))):
                if "".join(plain[first : last + 1]) == wanted:
                    return list(range(first, last + 1)), named
    for last, text in enumerate(plain):
        if not (TITLE_END.search(text) or text.endswith("的通知")) or len(text) > 60 or re.search("[。；;！]", text):
            continue
        while (
            last + 1 < len(plain)
            and TITLE_END.search(plain[last + 1])
            and _belongs_to_title(plain[last + 1], top[last + 1])
        ):
            last += 1
        first = last
        while first and last - first < 2 and _belongs_to_title(plain[first - 1], top[first - 1]):
            first -= 1
        title = "".join(plain[first : last + 1])
        if first and _NAMELESS.fullmatch(title) and _office_name_if_whole_line(top[first - 1].text):
            first -= 1
            title = plain[first] + title
        return list(range(first, last + 1)), title
    return [], ""


_NAMELESS = re.compile(rf"(?:(?:19|20)\d\d|二[〇○零]..)年度?(?:重点|主要|经营|党建)?(?:工作)?(?:{GENRE})")


def _belongs_to_title(text: str, paragraph: Paragraph) -> bool:
    """Return whether a line next to a known title line is also part of the title."""
    if not text or len(text) > 40 or re.search("[。；;：:！，]", text) or _ANNEX_LINE.fullmatch(paragraph.text):
        return False
    if _NUMBER.search(text) or _is_date_line(text) or marker_at_start(paragraph.text):
        return False
    return not (_SIGNATURE.fullmatch(text) and not text.endswith(("关于", "印发")))


def _find_head_end(top: Sequence[Paragraph], title: list[int]) -> int:
    end = title[-1] + 1 if title else 0
    while end < len(top):
        text = top[end].text.strip()
        if (
            (_is_date_line(text.strip("（）()")) or _NUMBER.fullmatch(text.strip("（）()")))
            or (len(text) <= 40 and re.fullmatch(r"[（(].*[）)]|——?.*|—.*", text))
            or (len(text) <= 30 and _SIGNATURE.fullmatch(text))
        ):
            end += 1
        else:
            break
    if not title:
        while end < len(top) and len(top[end].text) <= 40 and not re.search("[。；：:]", top[end].text):
            end += 1
    return end


def _find_signature_start(document: Sequence[Paragraph], begin: int) -> int:
    """Return the index of the paragraph where a document's end begins: signature, date, list of annexes.

    Annex tables follow the signature.
    """
    place = finish = len(document)
    while place > begin + 1:
        place -= 1
        paragraph = document[place]
        if paragraph.cell is not None:
            while place > begin and document[place - 1].cell is not None:
                place -= 1
            if not (place and _ANNEX_LINE.fullmatch(document[place - 1].text)):
                break
            continue
        text = re.sub(r"\s+", "", paragraph.text)
        listed = marker_at_start(paragraph.text) is not None and len(text) < 60 and _follows_annex_line(document, place)
        if not (_is_closing_line(text) or listed):
            break
        finish = place
    return finish


def _is_closing_line(text: str) -> bool:
    """Return whether a line is one that ends a document, such as a date, a signature or 抄送 (copies to)."""
    if _is_date_line(text) or _ANNEX_LINE.fullmatch(text):
        return True
    if _CLOSING.match(text) and len(text) < 120:
        return True
    return len(text) <= 40 and bool(_SIGNATURE.fullmatch(text)) and marker_at_start(text) is None


def _is_date_line(text: str) -> bool:
    """Return whether a line consists of a date only."""
    plain = to_half_width(re.sub(r"\s+", "", text)).strip("()（）")
    return bool(_DAY.fullmatch(plain) or _HAN_DAY.fullmatch(plain))


def parse_chinese_date(text: str) -> date | None:
    """Return the date in a Chinese text such as 2013年2月28日 or 二〇一三年二月二十八日, or None if there is none."""
    plain = to_half_width(re.sub(r"\s+", "", text))
    if found := _DAY.search(plain):
        numbers = [int(part) for part in found.groups()]
    elif found := _HAN_DAY.search(plain):
        try:
            numbers = [parse_chinese_numeral(re.sub("[○O0]", "〇", part)) for part in found.groups()]
        except ValueError:
            return None
    else:
        return None
    try:
        return date(*numbers)
    except ValueError:
        return None


def _find_issuer_number_and_date(
    cover: Sequence[Paragraph], head: Sequence[Paragraph], end: Sequence[Paragraph], title: str
) -> DocumentHead:
    """Find a document's issuer, number and date in the paragraphs around its body; return them with the title."""
    around = [*cover, *head, *end]
    number = next((found[0] for paragraph in [*cover, *head] if (found := _match_document_number(paragraph.text))), "")
    number = number or next((found[0] for paragraph in end if (found := _match_document_number(paragraph.text))), "")
    days = [(place, paragraph) for place, paragraph in enumerate(around) if _is_date_line(paragraph.text)]
    issued = parse_chinese_date(days[0][1].text) if days else None
    issuer = ""
    if days:
        place = days[0][0]
        before = re.sub(r"\s+", "", around[place - 1].text) if place else ""
        if _SIGNATURE.fullmatch(before):
            issuer = before
    if not issuer:
        signed = [*head, *(line for line in end if not line.text.rstrip().endswith("印发")), *cover]
        issuer = _find_issuer_in_title(cover, head, title)
        issuer = issuer or next((text for line in signed if (text := _office_name_if_whole_line(line.text))), "")
    if issued is None:
        printed = next((paragraph.text for paragraph in end if paragraph.text.rstrip().endswith("印发")), "")
        issued = parse_chinese_date(printed)
    return DocumentHead(title, issuer, re.sub(r"\s", "", number), issued)


def _match_document_number(text: str) -> re.Match[str] | None:
    """Return the regex match of the document number in a line such as 商发〔2014〕3号, or None for other lines."""
    found = _NUMBER.search(text)
    if found is None or re.search("[，。；《]", text) or len(text) > len(found[0]) + 16:
        return None
    return found


def _office_name_if_whole_line(text: str) -> str:
    """Return the office name that a line consists of, without 文件 or a colon after it, or "" for other lines."""
    plain = re.sub(r"\s+", "", text)
    plain = re.sub(r"(?:文件|[：:])$", "", plain)
    return plain if len(plain) <= 40 and _SIGNATURE.fullmatch(plain) and not TITLE_END.search(plain) else ""


def _find_issuer_in_title(cover: Sequence[Paragraph], head: Sequence[Paragraph], title: str) -> str:
    """Return the office named at the start of a document's title or covering notice, or "" if there is none."""
    for text in (title, *("".join(p.text for p in cover[:3]), "".join(p.text for p in head[:3]))):
        if found := re.match(
            rf"([\u4e00-\u9fff]{{2,30}}?{_OFFICE_END})(?:关于|(?:19|20)\d\d年)", re.sub(r"\s", "", text)
        ):
            return found[1]
    return ""
