"""Checks that a document is a work plan and refuses other documents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from targets.document_parser.cover_title_body_and_end import TITLE_END
from targets.document_parser.outline_from_paragraphs import NodeText
from targets.document_parser.text_file_paragraphs import DocumentRefused, Paragraph

_LOOK_AT = 12  # paragraphs that may hold the title
_OTHER = (
    (re.compile(r"(?:答复|复函|批复|回复|的函|答复函|回函|答复意见)(?:[（(].*[）)])?$"), "答复或函件"),
    (re.compile(r"(?:放假|调休|休假|值班)(?:安排)?的?(?:通知|通告|公告|安排)$"), "放假通知"),
    (re.compile(r"(?:表彰|表扬|嘉奖|奖励|授予|命名|记功|通报表扬).*(?:决定|通报|通知|公告)$"), "表彰决定"),
    (
        re.compile(r"(?:会议|办公会|常务会|党组会|专题会|座谈会|联席会议?|协调会)?纪要(?:[（(].*[）)])?$|会议记录$"),
        "会议纪要",
    ),
    (re.compile(r"(?:任免|任职|免职|任命|聘任|提名|职务).{0,12}(?:通知|决定|公示|文件)$"), "人事任免文件"),
    (re.compile(r"(?:讲话|致辞|发言稿?|述职报告|倡议书|贺信|慰问信|公开信)(?:[（(].*[）)])?$"), "讲话或信件"),
    (
        re.compile(
            r"(?:招标|采购|中标|成交|拍卖|遴选|招聘|竞价).{0,6}(?:公告|公示|通知|文件)$|合同(?:书)?$|协议(?:书)?$"
        ),
        "公告或合同",
    ),
    (
        re.compile(r"(?:条例|办法|规定|细则|章程|准则|规程|守则|法)(?:[（(](?:试行|暂行|修订|草案).*[）)])?$"),
        "法规或制度",
    ),
)
_ARTICLE = re.compile(r"第[一二三四五六七八九十百]+条")
_LONG = 60


def require_work_plan(document: Sequence[Paragraph], title: str, pieces: Sequence[NodeText]) -> None:
    """Raise DocumentRefused if the document is not a work plan."""
    lines = [re.sub(r"\s", "", paragraph.text) for paragraph in document[:_LOOK_AT]]
    planned = bool(TITLE_END.search(title)) or any(
        TITLE_END.search(line) and len(line) <= _LONG for line in lines[:_LOOK_AT]
    )
    for first, line in enumerate(lines):
        for title_text in (line, line + lines[first + 1] if first + 1 < len(lines) else line):
            kind = next(
                (kind for pattern, kind in _OTHER if len(title_text) <= _LONG and pattern.search(title_text)), None
            )
            if kind and not re.search("[。；]", title_text) and not _mentions_plan(title_text):
                raise DocumentRefused(f"这是{kind}（“{_shorten(title_text)}”），不是工作要点。请上传要点正文。")
    articles = sum(1 for paragraph in document if _ARTICLE.match(paragraph.text))
    if articles >= 3 and not planned:
        raise DocumentRefused("全文按“第几条”写成，是法规或制度，不是工作要点。")
    nodes = [piece for piece in pieces if piece.level]
    if len(nodes) < 2 and not (planned and nodes):
        raise DocumentRefused("文中没有分条的任务或目标，不像工作要点。请确认文件，或把条目编上号再上传。")


def _mentions_plan(line: str) -> bool:
    return bool(re.search(r"工作要点|工作计划|实施方案|行动计划|任务分解", line))


def _shorten(line: str) -> str:
    return line if len(line) <= 24 else f"{line[:24]}…"
