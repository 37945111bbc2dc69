"""Converts a draft to the data of the plan that is stored when the draft is published.

Headings become sections; leaves, and headings with a quantity, deadline or unit, become items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hunan_trade.periods import Month
from hunan_trade.regions.models import XIANGNAN
from targets.continued_items import match_earlier_items, newest_rows_by_identity
from targets.drafting import carried_over_rosters_and_targets
from targets.drafting.models import YEARS, PlanDraft
from targets.drafting.node_edits import CONTINUES, NEW_ITEM, OMIT, Node, has_children
from targets.models import PlanDate, PlanItem, RosterIdentity, WorkPlan
from targets.rules_target_status import MEASURES

SCHEMA = 1
_SUMMARY = 200
_MEASURED = ("target", "direction")
_QUALIFIERS = {"≥": "以上", ">": "超过", "≤": "以内", "<": "低于", "≈": "左右"}
_ADDRESSED = re.compile(r"\S.*[：:]\s*")
_YEAR = re.compile(r"(20\d\d)\s*年")


@dataclass(frozen=True)
class DraftItem:
    """A part of a draft that becomes an item of the published plan, with its item number and section code."""

    at: int
    number: int
    section: str
    node: Mapping[str, Any]


def plan_year(title: str, issued_on: str | None) -> int | None:
    """Return the year in a plan's title, or else in its date of issue; None if there is none or it is out of range."""
    found = _YEAR.search(title)
    year = int(found[1]) if found else int(issued_on[:4]) if issued_on else 0
    return year if year in YEARS else None


def find_addressees(nodes: Sequence[Mapping[str, Any]]) -> str:
    """Return the addressees in a draft's covering notice: its first line that ends with a colon."""
    if not nodes or nodes[0]["level"]:
        return ""
    lines = [line.strip() for line in nodes[0]["text"].split("\n")]
    return next((line.rstrip("：:")[:200] for line in lines if _ADDRESSED.fullmatch(line)), "")


def is_section(nodes: Sequence[Mapping[str, Any]], at: int) -> bool:
    """Return whether the draft's node (heading or numbered text) with index `at` becomes a section of the plan.

    A node does if it has children or is on level 1.
    """
    return has_children(nodes, at) or nodes[at]["level"] == 1


def is_item(nodes: Sequence[Mapping[str, Any]], at: int) -> bool:
    """Return whether the draft's node (heading or numbered text) with index `at` becomes an item of the plan.

    Leaves do, and headings with a quantity, deadline or unit.
    """
    node = nodes[at]
    if not node["level"] or node["kind"] == OMIT:
        return False
    return not has_children(nodes, at) or any(node[key] for key in ("quantities", "deadlines", "units"))


def draft_items(nodes: Sequence[Mapping[str, Any]]) -> list[DraftItem]:
    """Return the parts of a draft that become items of the published plan, numbered from 1."""
    codes = {at: row["code"] for at, row in _numbered_sections(nodes)}
    found: list[tuple[int, str]] = []
    section = ""
    path: list[tuple[int, str]] = []
    for at, node in enumerate(nodes):
        path = [(level, code) for level, code in path if level < node["level"]]
        if at in codes:
            path.append((node["level"], codes[at]))
        section = path[-1][1] if path else ""
        if is_item(nodes, at) and section:
            found.append((at, section))
    return [DraftItem(at, number, section, nodes[at]) for number, (at, section) in enumerate(found, start=1)]


def _numbered_sections(nodes: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (index in the draft, data) of each part that becomes a plan section, with a code such as 3.1."""
    counted: dict[str, int] = {}
    path: list[tuple[int, str]] = []
    for at, node in enumerate(nodes):
        level = node["level"]
        path = [(depth, code) for depth, code in path if depth < level]
        if not level or not is_section(nodes, at):
            continue
        parent = path[-1][1] if path else ""
        counted[parent] = counted.get(parent, 0) + 1
        code = f"{parent}.{counted[parent]}" if parent else str(counted[parent])
        path.append((level, code))
        label = node["marker"].rstrip("、.．")[:20]
        yield (
            at,
            {"code": code, "label": label, "title": title_without_final_punctuation(node), "parent": parent or None},
        )


def with_earlier_scopes(nodes: Sequence[Node], earlier: WorkPlan | None) -> list[Node]:
    """Return a draft's sections and items, each item with the scope (such as province) of the plan item it continues.

    A node that continues none keeps its scope.
    """
    items_in_order = draft_items(nodes)
    continued = find_continued_items(items_in_order, earlier)
    scopes = {item.at: continued[item.number].scope for item in items_in_order if item.number in continued}
    return [{**node, "scope": scopes.get(at, node["scope"])} for at, node in enumerate(nodes)]


def find_continued_items(items_in_order: Sequence[DraftItem], earlier: WorkPlan | None) -> dict[int, PlanItem]:
    """Return a dict from a draft item's number to the earlier plan item that the draft item continues.

    What an officer chose counts; for all others it is judged by titles and numbers, among the items of the version
    `earlier` that nobody chose. Of two nodes with the same choice the first has it.
    """
    rows = newest_rows_by_identity(earlier.year) if earlier else {}
    chosen: dict[int, PlanItem] = {}
    open_titles: dict[int, str] = {}
    for item in items_in_order:
        choice = item.node.get(CONTINUES)
        row = rows.pop(choice, None) if choice else None
        if row is not None:
            chosen[item.number] = row
        elif choice != NEW_ITEM:
            open_titles[item.number] = title_without_final_punctuation(item.node)
    left = [row for row in rows.values() if earlier and row.plan_id == earlier.pk]
    return chosen | match_earlier_items(left, open_titles)


def with_continued_items(nodes: Sequence[Node], plan: WorkPlan) -> list[Node]:
    """Return the sections and items of a published draft, each item linked to the plan item made from it."""
    identities = dict(plan.items.values_list("number", "identity"))
    chosen = {item.at: identities[item.number] for item in draft_items(nodes)}
    return [{**node, CONTINUES: chosen[at]} if at in chosen else node for at, node in enumerate(nodes)]


def build_plan_data(draft: PlanDraft, continued: Mapping[int, PlanItem], kinds: Mapping[str, str]) -> dict[str, Any]:
    """Convert a draft to the data of a work plan, in the form that `store_plan` expects.

    Sections and items come from the draft, targets and rosters from the earlier items that these continue.
    """
    assert draft.year is not None and draft.issued_on is not None  # checked before
    items_in_order = draft_items(draft.nodes)
    items = {draft_item.number: draft_item.node for draft_item in items_in_order}
    earlier_rosters = carried_over_rosters_and_targets.carried_over_rosters(continued)
    taken = set(RosterIdentity.objects.filter(year=draft.year).values_list("code", flat=True))
    listed = {(row["item"], row["required"]) for row in earlier_rosters}
    rosters = [
        row
        for draft_item in items_in_order
        for row in _roster_rows_of_item(draft_item)
        if (row["item"], row["required"]) not in listed
    ]
    rosters = [{**row, "code": _unused_code(row["code"], taken)} for row in rosters]
    return {
        "schema": SCHEMA,
        "year": draft.year,
        "title": draft.title,
        "issuer": draft.issuer,
        "number": draft.number,
        "addressees": draft.addressees,
        "dated": draft.issued_on.isoformat(),
        "sections": [
            row for _, row in _numbered_sections(draft.nodes) if _section_has_items(row["code"], items_in_order)
        ],
        "items": [_item_data(draft_item, continued.get(draft_item.number), kinds) for draft_item in items_in_order],
        "rosters": [*earlier_rosters, *rosters],
        "targets": [
            *carried_over_rosters_and_targets.carried_over_targets(continued, items),
            *(_roster_target_data(row) for row in rosters),
        ],
    }


def _section_has_items(code: str, items_in_order: Iterable[DraftItem]) -> bool:
    """Return whether any item belongs to the section `code`, such as 3, or to a section below it, such as 3.1."""
    return any(f"{draft_item.section}.".startswith(f"{code}.") for draft_item in items_in_order)


def _item_data(draft_item: DraftItem, earlier: PlanItem | None, kinds: Mapping[str, str]) -> dict[str, Any]:
    node = draft_item.node
    due = _due_date(node)
    regions = (
        sorted(region.pk for region in earlier.regions.all()) if earlier and earlier.scope == node["scope"] else []
    )
    names = [{"kind": kinds[name], "name": name} for name in node["names"] if name in kinds]
    return {
        "number": draft_item.number,
        "section": draft_item.section,
        "kind": node["kind"],
        "title": title_without_final_punctuation(node),
        "summary": _summary_text(node),
        "scope": node["scope"],
        "regions": list(XIANGNAN) if node["scope"] == PlanItem.Scope.XIANGNAN else regions,
        "units": node["units"],
        **({"due": due} if due else {}),
        "quantities": [_quantity_data(quantity) for quantity in node["quantities"]],
        "dates": [row for deadline in node["deadlines"] if (row := _deadline_data(deadline))],
        "names": names,
    }


def title_without_final_punctuation(node: Mapping[str, Any]) -> str:
    """Return the title of a draft's section or item without 。 or ； at its end."""
    title = str(node["title"])
    return title.rstrip("。；;") or title


def _summary_text(node: Mapping[str, Any]) -> str:
    """Return the text of a draft's item without its number and title, shortened to 200 characters."""
    text = " ".join(node["text"].split())
    body = text.removeprefix(node["marker"]).strip()
    rest = body.removeprefix(node["title"]).lstrip("。：:；; ")
    words = rest or body or node["title"]
    return words if len(words) <= _SUMMARY else words[: _SUMMARY - 1] + "…"


def _due_date(node: Mapping[str, Any]) -> str | None:
    """Return a draft item's latest deadline, or else its quantities' latest due date, or None if it has neither."""
    ends = [deadline["end"] for deadline in node["deadlines"] if deadline["end"] and not deadline["recurring"]]
    horizons = [quantity["horizon"] for quantity in node["quantities"] if quantity["kind"] in _MEASURED]
    found = ends or [horizon for horizon in horizons if horizon]
    return max(found) if found else None


def _quantity_data(quantity: Mapping[str, Any]) -> dict[str, Any]:
    ranged = quantity["op"] == "range"
    value = quantity["low"] if ranged else quantity["value"]
    return {
        "what": quantity["metric"],
        **({"value": value} if value is not None else {}),
        **({"upper": quantity["high"]} if ranged else {}),
        "unit": quantity["unit"] or "",
        "qualifier": _qualifier_text(quantity),
    }


def _qualifier_text(quantity: Mapping[str, Any]) -> str:
    """Return a quantity's qualifiers as one text, such as 以上，力争，增长 50%."""
    if quantity["kind"] == "direction":
        return str(quantity["text"])[:40] or "提高"
    words = [_QUALIFIERS.get(quantity["op"] or "", "")]
    words += ["力争"] if "力争" in quantity["text"] else []
    words += [f"以 {quantity['base']} 为基数"] if quantity["base"] else []
    if quantity["growth_pct"] and not (quantity["unit"] == "%" and quantity["growth_pct"] == quantity["value"]):
        words.append(f"增长 {quantity['growth_pct']}%")
    words += {"past": ["此前已达到"], "roster": ["名单"]}.get(quantity["kind"], [])
    return "，".join(word for word in words if word)[:40]


def _deadline_data(deadline: Mapping[str, Any]) -> dict[str, Any] | None:
    if not deadline["end"]:
        return None
    end = date.fromisoformat(deadline["end"])
    start = date.fromisoformat(deadline["start"] or deadline["end"])
    whole = start.day == 1 and end == Month.of(end).last and start.year == end.year and start.year // 100 == 20
    shown = len("2013-10") if whole else len("2013-10-01")
    text = PlanDate(starts_on=start, ends_on=end, whole_month=whole).text
    return {
        "what": "" if _is_same_period(deadline["text"], text) else deadline["text"][:40],
        "from": start.isoformat()[:shown],
        "to": end.isoformat()[:shown],
        "qualifier": "" if deadline["start"] else "前",
    }


def _is_same_period(words: str, shown: str) -> bool:
    """Return whether two texts name the same period, such as 10月份 and 10月."""
    return re.sub("[-－–~～至]", "—", words).removesuffix("份") == shown


def _roster_rows_of_item(draft_item: DraftItem) -> Iterator[dict[str, Any]]:
    found = [
        quantity for quantity in draft_item.node["quantities"] if quantity["kind"] == "roster" and quantity["value"]
    ]
    for order, quantity in enumerate(found, start=1):
        unit = measure_code(quantity["metric"], quantity["unit"])
        if unit and quantity["value"].isdigit() and 0 < int(quantity["value"]) < 32_000:
            yield {
                "item": draft_item.number,
                "code": f"r{draft_item.number}-{order}",
                "title": quantity["metric"][:60],
                "unit": unit,
                "required": int(quantity["value"]),
                "entries": [],
            }


def _roster_target_data(row: Mapping[str, Any]) -> dict[str, Any]:
    shared = {key: row[key] for key in ("code", "item", "title", "unit")}
    return {**shared, "shape": "roster", "roster": row["code"]}


def measure_code(metric: str, unit: str | None) -> str | None:
    """Return the code in `MEASURES` of a roster's unit, such as "enterprise" for 家, or None if there is none."""
    codes = [code for code, measure in MEASURES.items() if measure.word == unit]
    if len(codes) == 1:
        return codes[0]
    if unit in (None, "", "个"):
        return next((code for word, code in _MEASURE_BY_WORD if word in metric), "register")
    return None


_MEASURE_BY_WORD = (
    ("项目", "project"),
    ("活动", "event"),
    ("企业", "enterprise"),
    ("政策", "policy"),
    ("园", "place"),
    ("区", "place"),
)


def _unused_code(code: str, taken: set[str]) -> str:
    """Append x to a roster's code until the code is not in `taken`; add it to `taken` and return it."""
    while code in taken:
        code += "x"
    taken.add(code)
    return code
