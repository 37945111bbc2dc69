"""Forms for uploading, correcting and publishing a draft of a work plan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.boundfield import BoundField

from hunan_trade.web.conflict_detecting_forms import EditForm, FieldConflict, ShownValuesField, VersionForm
from hunan_trade.web.text_fields import CleanTextField
from targets.drafting.draft_problems import ALLOWED_DAYS, MAX_METRIC, MAX_TITLE, MAX_UNIT, quantity_problems
from targets.drafting.isolated_document_reader import FILE_BYTES
from targets.drafting.models import YEARS, PlanDraft
from targets.drafting.node_edits import (
    KINDS,
    NEW_ITEM,
    OMIT,
    PROVINCE,
    SCOPES,
    Node,
    quantity_text,
    text_digest,
    values_hash,
)
from targets.drafting.publish_page_data import PublishPage

REMOVED_NODE: Node = {
    "title": "",
    "kind": OMIT,
    "scope": PROVINCE,
    "units": [],
    "names": [],
    "quantities": [],
    "deadlines": [],
    "text": "",
}
STATE_LABEL, TEXT_LABEL = "", " "  # beside the labels of what a page showed: no label is a blank
MAX_ROWS = 80  # quantities or deadlines of one node
OPS = {"=": "等于", "≥": "以上", ">": "超过", "≤": "以内", "<": "低于", "≈": "左右", "range": "至"}
QUANTITY_KINDS = {"target": "目标", "direction": "方向", "roster": "名单", "past": "此前"}


class DayField(forms.DateField):
    default_validators = [MinValueValidator(ALLOWED_DAYS[0]), MaxValueValidator(ALLOWED_DAYS[1])]

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class DocumentForm(forms.Form):
    file = forms.FileField(
        label="工作要点原件",
        help_text="印发的 .docx 或 .txt，不超过 10 MB。",
        allow_empty_file=True,
        error_messages={"required": "还没有选文件。选好 .docx 或 .txt 再读入。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.txt"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > FILE_BYTES:
            raise forms.ValidationError("文件超过 10 MB。删去图片，只留要点正文，再上传。")
        if not file.size:
            raise forms.ValidationError("文件是空的。用 WPS 或 Word 打开检查，另存后再上传。")
        return file


class PublishForm(VersionForm):
    """Form for publishing a draft as the next version of a work plan.

    `over` is the plan version to be replaced as the page showed it, 0 for none.
    """

    over = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ContinuedItemsForm(VersionForm):
    """Form to choose, for each item of a draft, which earlier plan item it continues or that it is new."""

    def __init__(self, page: PublishPage, data: Any = None) -> None:
        super().__init__(data, initial={"version": page.draft.version})
        self.places = {f"item-{item.at}": item.at for item in page.items}
        for item in page.items:
            self.fields[f"item-{item.at}"] = forms.ChoiceField(
                label=f"第{item.number}条 {item.node['title']}",
                choices=page.choices,
                initial=page.initial_choice(item),
                help_text="标题不同，核对是不是同一条" if page.has_changed_title(item) else "",
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        taken: dict[str, str] = {}
        for name in self.places:
            choice = data.get(name, NEW_ITEM)
            if choice in taken:
                self.add_error(name, f"“{taken[choice]}”已承接这一条。另选一条，或选新增条目。")
            elif choice != NEW_ITEM:
                taken[choice] = str(self.fields[name].label)
        return data

    @property
    def choices(self) -> dict[int, int | str]:
        """Dict from each draft item's index to the user's choice: an earlier plan item's identity key or "new"."""
        data = self.cleaned_data
        return {at: data[name] if data[name] == NEW_ITEM else int(data[name]) for name, at in self.places.items()}


class SplitForm(VersionForm):
    """Form for splitting a section or item of a draft at a suggested position or before words that the user types."""

    place = forms.IntegerField(required=False)
    words = CleanTextField(required=False, max_length=100)

    def __init__(self, data: Any, text: str) -> None:
        super().__init__(data)
        self.text = text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if words := data.get("words"):
            if self.text.count(words) != 1:
                self.add_error("words", "起头的字要在本条原文中，并且只出现一次。")
            else:
                data["place"] = self.text.index(words)
        elif data.get("place") is None:
            self.add_error("words", "选一处，或写明后一条起头的字。")
        return data


class ShiftForm(VersionForm):
    step = forms.TypedChoiceField(choices=[("-1", ""), ("1", "")], coerce=int)


class DocumentHeadForm(EditForm):
    year = forms.IntegerField(label="年度", min_value=YEARS[0], max_value=YEARS[-1], required=False)
    title = CleanTextField(label="标题", max_length=200, required=False)
    issuer = CleanTextField(label="印发单位", max_length=60, required=False)
    number = CleanTextField(label="文号", max_length=60, required=False)
    issued_on = DayField("印发日期")
    addressees = CleanTextField(label="主送", max_length=200, required=False)

    def row_values(self, row: PlanDraft) -> dict[str, Any]:
        return row.head_fields

    def row_texts(self, row: PlanDraft) -> dict[str, str]:
        return super().row_texts(row) | {STATE_LABEL: values_hash(row.head_fields)}

    @property
    def shown_hash(self) -> str:
        """Return the hash of the draft's title, issuer, date and so on as the page showed them to the user."""
        return str(self.cleaned_data["base"].get(STATE_LABEL, ""))


class NumberField(forms.DecimalField):
    def __init__(self, label: str) -> None:
        text = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_digits=16, decimal_places=4, widget=text)

    def to_python(self, value: Any) -> Any:
        return super().to_python(re.sub(r"[,，\s]", "", value) if isinstance(value, str) else value)


class QuantityForm(forms.Form):
    bound_field_class = BoundField  # in a row of small controls that draft.css draws

    metric = CleanTextField(label="指什么", max_length=MAX_METRIC, required=False)
    kind = forms.ChoiceField(label="类型", choices=list(QUANTITY_KINDS.items()), initial="target")
    op = forms.ChoiceField(label="限定", choices=list(OPS.items()), initial="=")
    value = NumberField("数")
    unit = CleanTextField(label="单位", max_length=MAX_UNIT, required=False)
    text = CleanTextField(label="原文", max_length=200, required=False)
    high = NumberField("至")
    base = NumberField("基数")
    growth_pct = NumberField("增幅%")
    horizon = DayField("期限")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and self.has_changed() and not data.get("DELETE"):
            for problem in quantity_problems(quantity_json(data)):
                self.add_error(None, problem)
        return data


class DeadlineForm(forms.Form):
    bound_field_class = BoundField

    text = CleanTextField(label="原文", max_length=100, required=False)
    start = DayField("起")
    end = DayField("止")
    recurring = forms.BooleanField(label="每年", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and end and start > end:
            self.add_error("end", "止不能早于起。")
        if self.has_changed() and not data.get("DELETE") and not (end or data.get("recurring")):
            self.add_error("end", "写明止日，或勾选每年。")
        return data


QuantityRows = forms.formset_factory(QuantityForm, extra=1, can_delete=True, max_num=MAX_ROWS, absolute_max=MAX_ROWS)
DeadlineRows = forms.formset_factory(DeadlineForm, extra=1, can_delete=True, max_num=MAX_ROWS, absolute_max=MAX_ROWS)


@dataclass(frozen=True)
class NodeVersion:
    """A node (section or item) of a draft, with the draft's version number."""

    version: int
    node: Node


class NodeFieldsForm(EditForm):
    title = CleanTextField(label="标题", max_length=MAX_TITLE)
    kind = forms.ChoiceField(label="类别", choices=list(KINDS.items()))
    scope = forms.ChoiceField(label="范围", choices=list(SCOPES.items()))
    units = CleanTextField(label="责任单位", max_length=500, required=False, help_text="多个用顿号分开")
    names = CleanTextField(
        label="点名", max_length=2000, required=False, help_text="文中的地方、园区、企业，用顿号分开"
    )

    def row_values(self, row: NodeVersion) -> dict[str, Any]:
        return {**row.node, "units": "、".join(row.node["units"]), "names": "、".join(row.node["names"])}

    def row_texts(self, row: NodeVersion) -> dict[str, str]:
        return node_texts(row.node) | {STATE_LABEL: values_hash(row.node), TEXT_LABEL: text_digest([row.node])}


class NodeFormGroup:
    """The forms for editing one section or item of a draft: its fields, quantities and deadlines."""

    def __init__(self, node: Node, version: int, data: Any = None) -> None:
        self.node, self.version, self.data = node, version, data
        self.own = NodeFieldsForm(data, row=NodeVersion(version, node))
        self.quantities = QuantityRows(data, prefix="q", initial=[_initial_quantity(row) for row in node["quantities"]])
        self.deadlines = DeadlineRows(data, prefix="d", initial=node["deadlines"])

    def is_valid(self) -> bool:
        return all([self.own.is_valid(), self.quantities.is_valid(), self.deadlines.is_valid()])

    @property
    def seen(self) -> int:
        return self.own.seen

    @property
    def shown_hash(self) -> str:
        """Return the hash of the section or item as the page showed it to the user."""
        return str(self.own.cleaned_data["base"].get(STATE_LABEL, ""))

    def rebased(self, node: Node, version: int) -> NodeFormGroup:
        """Return forms with the same user input, but based on the section or item as it is stored now."""
        own = self.own.rebased(NodeVersion(version, node))
        forms = NodeFormGroup(node, version, own.data)
        forms.is_valid()
        return forms

    def conflicts(self, node: Node | None) -> tuple[FieldConflict, ...]:
        """Return the fields in which the user's input differs from the section or item as it is stored now.

        `node` is None if the node is gone.
        """
        base, mine = self.own.cleaned_data["base"], node_texts({**self.node, **self.submitted_values})
        theirs = node_texts(node) if node else {}
        return tuple(
            FieldConflict(label, base.get(label, ""), theirs.get(label, ""), words)
            for label, words in mine.items()
            if words != theirs.get(label)
        )

    @property
    def submitted_values(self) -> dict[str, Any]:
        """The user's input for the section or item, in the structure that `actions.edit_node` expects."""
        data = self.own.cleaned_data
        return {
            "title": data["title"],
            "kind": data["kind"],
            "scope": data["scope"],
            "units": _split_list(data["units"]),
            "names": _split_list(data["names"]),
            "quantities": [quantity_json(row.cleaned_data) for row in self.quantities if _has_content(row)],
            "deadlines": [_deadline_json(row.cleaned_data) for row in self.deadlines if _has_content(row)],
        }


def find_shown_node(draft: PlanDraft, at: int, data: Any) -> int | None:
    """Return the current index of the section or item that the page showed at index `at`, or None if it is gone.

    While the draft is as the page showed it, the address alone says which node is meant.
    """
    nodes = draft.nodes
    is_newer = data.get("version") != str(draft.version)
    text = ShownValuesField().clean(data.get("base")).get(TEXT_LABEL) if is_newer else None
    places = [at, *range(len(nodes))] if text else [at]
    return next((here for here in places if here < len(nodes) and text in (None, text_digest([nodes[here]]))), None)


def node_texts(node: Node) -> dict[str, str]:
    """Return a dict from field label, such as 标题, to that value of a draft's section or item as text."""
    return {
        "标题": node["title"],
        "类别": KINDS[node["kind"]],
        "范围": SCOPES[node["scope"]],
        "数量": "\n".join(_describe_quantity(quantity) for quantity in node["quantities"]),
        "时限": "\n".join(_describe_deadline(deadline) for deadline in node["deadlines"]),
        "责任单位": "、".join(node["units"]),
        "点名": "、".join(node["names"]),
    }


def _describe_quantity(quantity: dict[str, Any]) -> str:
    more = (("基数 ", "base"), ("增幅% ", "growth_pct"), ("期限 ", "horizon"), ("原文 ", "text"))
    parts = [f"{QUANTITY_KINDS.get(quantity['kind'], '')} {quantity_text(quantity)}"]
    return "，".join([*parts, *(f"{label}{quantity[key]}" for label, key in more if quantity[key])])


def _describe_deadline(deadline: dict[str, Any]) -> str:
    days = "—".join(day for day in (deadline["start"], deadline["end"]) if day)
    return f"{deadline['text']} {days}{'，每年' if deadline['recurring'] else ''}"


def _split_list(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in re.split("[、;；\n]", text) if part.strip()))


def _has_content(row: forms.Form) -> bool:
    """Return whether a row of a formset is filled in and not marked for removal."""
    data = row.cleaned_data
    return bool(data) and not data.get("DELETE") and any(data.get(key) for key in ("metric", "text", "end", "value"))


def _initial_quantity(quantity: dict[str, Any]) -> dict[str, Any]:
    ranged = quantity["op"] == "range"
    return {**quantity, "op": quantity["op"] or "=", "value": quantity["low"] if ranged else quantity["value"]}


def quantity_json(data: dict[str, Any]) -> dict[str, Any]:
    """Convert the input of a quantity's form to the quantity dict that docs/plan-reading.md defines."""
    ranged, directed = data["op"] == "range", data["kind"] == "direction"
    value, high = _number_text(data["value"]), _number_text(data["high"])
    return {
        "text": data["text"],
        "metric": data["metric"],
        "kind": data["kind"],
        "op": None if directed else data["op"],
        "value": None if ranged or directed else value,
        "low": value if ranged and not directed else None,
        "high": high if ranged and not directed else None,
        "unit": None if directed else data["unit"] or None,
        "base": _number_text(data["base"]),
        "growth_pct": _number_text(data["growth_pct"]),
        "horizon": data["horizon"].isoformat() if data["horizon"] else None,
    }


def _number_text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _deadline_json(data: dict[str, Any]) -> dict[str, Any]:
    days = {key: data[key].isoformat() if data[key] else None for key in ("start", "end")}
    return {"text": data["text"], **days, "recurring": data["recurring"]}
