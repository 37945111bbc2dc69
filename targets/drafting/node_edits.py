"""Pure functions that split, join, shift and edit the nodes of a draft and return the new nodes.

A node is the dict of docs/plan-reading.md with "kind" besides: goal, approach, task, or omit; and "scope": province, or
xiangnan, where each of the three cities reports for itself; and, once an officer chose it, "continues": the key of the
ItemIdentity of an earlier plan version, or "new". After every edit the texts of all nodes, one after another,
are still the document's text, white space ignored.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hunan_trade.workflow import MoveRefused
from targets.document_parser import reread_node

Node = dict[str, Any]
Nodes = list[Node]

CONTINUES, NEW_ITEM = "continues", "new"
GOAL, APPROACH, TASK, OMIT = "goal", "approach", "task", "omit"
KINDS = {GOAL: "目标", APPROACH: "思路", TASK: "任务", OMIT: "不列入条目"}
PROVINCE, XIANGNAN = "province", "xiangnan"
SCOPES = {PROVINCE: "全省", XIANGNAN: "湘南三市"}
_THREE = re.compile("三市")
_CITIES = ("衡阳", "郴州", "永州")
DEEPEST = 9
_BY_TITLE = (
    (OMIT, re.compile(r"回顾|工作总结|完成情况|工作情况|存在的?(?:主要)?(?:问题|困难)|工作成效")),
    (GOAL, re.compile("目标")),
    (APPROACH, re.compile("思路|总体要求|指导思想|基本原则|总体考虑")),
)
_SPLITS = re.compile(r"(?<=[。；;！？\n])\s*(?=\S)|(?<=[，：:、])(?=[一二三四五六七八九十]是|[（(]\d+[）)]|[①-⑳])")


def with_kind_and_scope(nodes: Iterable[Mapping[str, Any]]) -> Nodes:
    """Return a draft's sections and items with kind (such as goal or task) and scope (province or three cities) set."""
    made: Nodes = []
    above: dict[int, Node] = {}
    for node in nodes:
        level = node["level"]
        above = {depth: heading for depth, heading in above.items() if 0 < depth < level}
        kind = above[max(above)]["kind"] if above else _kind_from_title(node["title"]) if level else OMIT
        three = _names_all_three_cities(node["text"]) or any("湘南" in heading["title"] for heading in above.values())
        above[level] = {**node, "kind": kind, "scope": XIANGNAN if three and level else PROVINCE}
        made.append(above[level])
    return made


def _names_all_three_cities(text: str) -> bool:
    return bool(_THREE.search(text)) or all(city in text for city in _CITIES)


def _kind_from_title(title: str) -> str:
    return next((kind for kind, words in _BY_TITLE if words.search(title)), TASK)


def text_digest(nodes: Iterable[Mapping[str, Any]]) -> str:
    """Return the SHA-256 hash of the texts of a draft's sections and items, joined without white space."""
    return hashlib.sha256("".join("".join(node["text"].split()) for node in nodes).encode()).hexdigest()


def values_hash(values: object) -> str:
    """Return a SHA-256 hash of the JSON form of `values`."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()


def find_node_by_hash(nodes: Sequence[Node], at: int, shown_hash: str) -> int | None:
    """Return the index of the section or item of a draft whose values have the hash `shown_hash`, or None.

    Index `at` is preferred, else the match must be the only one.
    """
    if at < len(nodes) and values_hash(nodes[at]) == shown_hash:
        return at
    same = [place for place, node in enumerate(nodes) if values_hash(node) == shown_hash]
    return same[0] if len(same) == 1 else None


def possible_split_positions(text: str) -> list[int]:
    """Return the positions at which a user may split the text of a section or item in two.

    These are after a sentence or before a numbered clause.
    """
    found = {match.end() for match in _SPLITS.finditer(text)}
    return sorted(place for place in found if text[:place].strip() and text[place:].strip())


def split_node(nodes: Sequence[Node], at: int, place: int, year: int | None) -> Nodes:
    """Return a draft's nodes (sections and items) after splitting node `at` in two at position `place` of its text."""
    node = nodes[at]
    first, second = node["text"][:place].strip(), node["text"][place:].strip()
    if not first or not second:
        raise MoveRefused("断开的两条都要有文字")
    above = titles_above(nodes, at)
    pieces = (
        _reread_node({**node, "text": first}, year, above, keeps_title=node["title"] in first),
        _reread_node({**node, "text": second}, year, above),
    )
    return [*nodes[:at], *_keep_corrections(pieces, [node]), *nodes[at + 1 :]]


def join_with_previous(nodes: Sequence[Node], at: int, year: int | None) -> Nodes:
    """Return a draft's nodes (sections and items) after appending node `at` to the node before it."""
    if at < 1:
        raise MoveRefused("前面没有条目，不能并入")
    before = nodes[at - 1]
    whole = {**before, "text": f"{before['text']}\n{nodes[at]['text']}"}
    fresh = _reread_node(whole, year, titles_above(nodes, at - 1), keeps_title=True)
    return [*nodes[: at - 1], *_keep_corrections([fresh], nodes[at - 1 : at + 1]), *nodes[at + 1 :]]


def shift_level(nodes: Sequence[Node], at: int, by: int, year: int | None) -> Nodes:
    """Return a draft's nodes (sections and items) after moving node `at` and all below it one level up or down."""
    node = nodes[at]
    level = node["level"] + by
    above = nodes[at - 1]["level"] if at else 0
    if by not in (-1, 1) or level < 0 or level > min(DEEPEST, above + 1):
        raise MoveRefused("这一条的层级不能再移")
    if node["level"] == 0:
        return [*nodes[:at], _reread_node({**node, "level": 1, "kind": TASK}, year, ()), *nodes[at + 1 :]]
    end = subtree_end(nodes, at)
    if level == 0:
        if end > at + 1:
            raise MoveRefused("这一条下面还有条目，先移下面的")
        plain = {**node, "level": 0, "marker": "", "number": None, "title": "", "kind": OMIT}
        return [*nodes[:at], {**plain, "understood": True, "quantities": [], "deadlines": []}, *nodes[at + 1 :]]
    return [*nodes[:at], *({**each, "level": each["level"] + by} for each in nodes[at:end]), *nodes[end:]]


def edit_node(nodes: Sequence[Node], at: int, changed: Mapping[str, Any]) -> Nodes:
    """Return a draft's nodes (sections and items) after changing values of node `at` and marking it as checked."""
    fresh = {**nodes[at], **changed, "text": nodes[at]["text"], "level": nodes[at]["level"], "understood": True}
    return [*nodes[:at], fresh, *nodes[at + 1 :]]


def subtree_end(nodes: Sequence[Mapping[str, Any]], at: int) -> int:
    """Return the index of the first section or item of a draft after node `at` and everything below it."""
    end = at + 1
    while end < len(nodes) and nodes[end]["level"] > nodes[at]["level"]:
        end += 1
    return end


def quantity_text(quantity: Mapping[str, Any]) -> str:
    """Format a quantity's metric, operator, value or range, and unit as text, such as 进出口总额 = 75 亿美元."""
    numbers = "—".join(number for number in (quantity["value"], quantity["low"], quantity["high"]) if number)
    return f"{quantity['metric']} {quantity['op'] or ''} {numbers} {quantity['unit'] or ''}".strip()


def has_children(nodes: Sequence[Mapping[str, Any]], at: int) -> bool:
    return nodes[at]["level"] > 0 and subtree_end(nodes, at) > at + 1


def titles_above(nodes: Sequence[Mapping[str, Any]], at: int) -> list[str]:
    """Return the titles of the headings above a section or item of a draft, outermost first."""
    found: list[str] = []
    level = nodes[at]["level"]
    for node in reversed(nodes[:at]):
        if 0 < node["level"] < level:
            found.insert(0, node["title"])
            level = node["level"]
    return found


def _keep_corrections(fresh: Sequence[Node], before: Sequence[Node]) -> list[Node]:
    """Return sections or items parsed again, in which quantities and deadlines with unchanged words stay as edited."""
    pieces = [dict(node) for node in fresh]
    for key in ("quantities", "deadlines"):
        known = [row for node in before for row in node[key]]
        for piece in pieces:
            piece[key] = [_take_row_with_same_text(known, row) for row in piece[key]]
    return pieces


def _take_row_with_same_text(known: list[Node], row: Node) -> Node:
    """Remove from `known` and return the quantity or deadline with the text of `row`; if none has it, return `row`."""
    found = next((each for each in known if each["text"] == row["text"]), None)
    if found is None:
        return row
    known.remove(found)
    return found


def _reread_node(node: Node, year: int | None, above: Sequence[str], *, keeps_title: bool = False) -> Node:
    """Parse the text of a draft's section or item again, and return it with unchanged level, kind and scope.

    With its title it keeps which earlier item it continues.
    """
    if node["level"] == 0:
        return node
    fresh = reread_node(node["text"], year, node["level"], node["names"], above).as_json()
    title = {key: node[key] for key in ("title", CONTINUES) if key in node} if keeps_title else {}
    return {
        **fresh,
        "text": node["text"],
        "level": node["level"],
        "kind": node["kind"],
        "scope": node["scope"],
        **title,
    }
