"""Serializers of the API through which other programs fill in monthly returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from typing import Any

from rest_framework import serializers

from hunan_trade.intake import datasets
from hunan_trade.intake.actions.filling import RowEdit
from hunan_trade.intake.datasets import Dataset
from hunan_trade.intake.finding_code_labels import finding_labels
from hunan_trade.intake.forms import CHOICES, ROWS
from hunan_trade.intake.merge_conflicts import ConflictDetails
from hunan_trade.intake.models import Status
from hunan_trade.intake.workbook_merge import CELL_CHARACTERS, Cell, ConflictChoices, Side
from hunan_trade.tabular.column_declaration import Kind
from hunan_trade.tabular.findings import Finding, Severity
from hunan_trade.tabular.table_types import KEY_SEPARATOR
from hunan_trade.web.rest_code_label_schemas import CodeField

LISTED = 500  # of a list that is as long as somebody makes it; the rest is counted
_FIRST, _MORE = f"最多列 {LISTED} 处", "没有列出的还有几处"


class RawTextField(serializers.CharField):
    """Serializer field for a cell's text exactly as typed; it accepts strings but no JSON numbers."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_blank=True, trim_whitespace=False, **more)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class EditSerializer(serializers.Serializer[Any]):
    key = RawTextField(max_length=200, help_text="记录的编号，取自 rows")
    version = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="看到的行版本；给出时行被他人改过则不保存"
    )
    texts = serializers.DictField(
        child=RawTextField(max_length=CELL_CHARACTERS), help_text="列 → 填写的文字，只写要改的列"
    )


class RowsSerializer(serializers.Serializer[Any]):
    """Serializer of edited rows of one sheet; it accepts only input columns of `context["dataset"]`."""

    rows = EditSerializer(many=True, allow_empty=False, max_length=ROWS)  # type: ignore[call-arg]

    def validate_rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        typed = {column.key for column in self.context["dataset"].input_columns}
        faults: list[dict[str, Any]] = [
            {"texts": {name: ["没有这一列，或不由市州填写。"] for name in row["texts"] if name not in typed}}
            if set(row["texts"]) - typed
            else {}
            for row in rows
        ]
        seen: set[str] = set()
        for row, fault in zip(rows, faults, strict=True):
            if row["key"] in seen:
                fault["key"] = ["同一记录写了两次。"]
            seen.add(row["key"])
        if any(faults):
            raise serializers.ValidationError(faults)
        return rows

    def edits(self) -> list[RowEdit]:
        return [RowEdit(row["key"], row["texts"], row.get("version")) for row in self.validated_data["rows"]]


class ChoiceSerializer(serializers.Serializer[Any]):
    """Serializer of an API client's choice for one conflicting cell: the workbook's text or the stored text."""

    sheet = serializers.CharField()
    key = RawTextField(max_length=200)
    column = serializers.CharField()
    choice = serializers.ChoiceField(choices=Side.choices)


class ConfirmationSerializer(serializers.Serializer[Any]):
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$", help_text="预览的那份文件的 SHA-256")
    choices = ChoiceSerializer(  # type: ignore[call-arg]
        many=True,
        required=False,
        max_length=CHOICES,
        help_text="conflicts 的各项，choice 写 mine（用文件的）或 theirs（保留系统的）",
    )
    rest = serializers.ChoiceField(choices=Side.choices, required=False, help_text="没有逐格选的，一律用这一边")

    def validate_choices(self, choices: list[dict[str, Any]]) -> dict[Cell, Side]:
        codes = {dataset.sheet: dataset.code for dataset in datasets.declared()}
        chosen = {
            (codes.get(choice["sheet"], choice["sheet"]), choice["key"], choice["column"]): Side(choice["choice"])
            for choice in choices
        }
        if len(chosen) < len(choices):
            raise serializers.ValidationError("同一格写了两次。")
        return chosen

    def conflict_choices(self) -> ConflictChoices:
        rest = self.validated_data.get("rest")
        return ConflictChoices(self.validated_data.get("choices", {}), Side(rest) if rest else None)


class FindingSerializer(serializers.Serializer[Finding]):
    sheet = serializers.CharField()
    cell = serializers.CharField(help_text="如 Excel 所示")
    code = CodeField(finding_labels)
    severity = serializers.ChoiceField(choices=Severity.choices)
    message = serializers.CharField(help_text="哪里不对、怎么改")
    record = serializers.CharField()
    key = serializers.CharField()
    column = serializers.CharField()
    explained = serializers.BooleanField(help_text="已写说明")


class ColumnSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    group = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices, help_text="month、check、entry、reason 由市州填写")
    unit = serializers.CharField()
    places = serializers.IntegerField(allow_null=True, help_text="最多几位小数；文字列为 null")
    choices = serializers.ListField(child=serializers.CharField())


class RowSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField(help_text="0 表示还没有人填")
    texts = serializers.DictField(child=serializers.CharField(), help_text="列 → 现在的文字")
    locked = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="这一行中锁定、不填的列；没有则不列"
    )


class SheetSerializer(serializers.Serializer[Any]):
    code = CodeField(datasets.titles)
    title = serializers.CharField()
    columns = ColumnSerializer(many=True)
    rows = RowSerializer(many=True, help_text=f"从 start 起最多 {LISTED} 行")
    rows_more = serializers.IntegerField(help_text="后面还有几行，用 start 接着取")
    findings = FindingSerializer(many=True, help_text=_FIRST)
    findings_more = serializers.IntegerField(help_text=_MORE)


class ReturnStateSerializer(serializers.Serializer[Any]):
    """Serializer of a monthly return's version, status, and numbers of errors and of unexplained findings."""

    version = serializers.IntegerField(help_text="写入 If-Match")
    status = serializers.ChoiceField(choices=Status.choices)
    blocking = serializers.IntegerField(help_text="须改的处数")
    unexplained = serializers.IntegerField(help_text="须说明的处数")


class SheetsSerializer(ReturnStateSerializer):
    region = serializers.CharField()
    month = serializers.CharField()
    sheets = SheetSerializer(many=True)


class SavedSerializer(ReturnStateSerializer):
    dry_run = serializers.BooleanField(help_text="true 表示只检查，没有保存")
    versions = serializers.DictField(child=serializers.IntegerField(), help_text="记录 → 行版本")
    findings = FindingSerializer(many=True, help_text=_FIRST)
    findings_more = serializers.IntegerField(help_text=_MORE)


class ChangeSerializer(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    record = serializers.CharField()
    column = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class ConflictSerializer(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    cell = serializers.CharField(help_text="在文件中的位置")
    record = serializers.CharField()
    key = serializers.CharField()
    column = serializers.CharField(help_text="列的 key")
    base = serializers.CharField(allow_null=True, help_text="文件下载时的文字；null 表示无从得知")
    mine = serializers.CharField(help_text="文件中的")
    theirs = serializers.CharField(help_text="系统中现在的")
    changed_by = serializers.CharField(help_text="系统中现在的由谁写")
    changed_at = serializers.DateTimeField(allow_null=True)
    choice = serializers.ChoiceField(choices=Side.choices, allow_null=True)


class UploadSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True, help_text="只检查时为 null")
    name = serializers.CharField()
    sha256 = serializers.CharField()
    base_version = serializers.IntegerField(help_text="预览所依据的版本；采用时写入 If-Match")
    downloaded_version = serializers.IntegerField(allow_null=True, help_text="文件下载时的版本；null 表示无从得知")
    blocking = serializers.IntegerField()
    unexplained = serializers.IntegerField()
    changes = ChangeSerializer(many=True, help_text=_FIRST)
    changes_more = serializers.IntegerField(help_text=_MORE)
    kept = ChangeSerializer(many=True, help_text=f"下载之后系统中有新的、文件中没有改，保留系统中的；{_FIRST}")
    kept_more = serializers.IntegerField(help_text=_MORE)
    conflicts = ConflictSerializer(many=True, help_text=f"两边都改过的格，采用前要选定；{_FIRST}")
    conflicts_more = serializers.IntegerField(help_text=_MORE)
    findings = FindingSerializer(many=True, help_text=_FIRST)
    findings_more = serializers.IntegerField(help_text=_MORE)


class ConfirmedSerializer(ReturnStateSerializer):
    id = serializers.UUIDField()
    sha256 = serializers.CharField()


def count_entries_beyond_limit(entries: Sized) -> int:
    """Return how many entries a response leaves out because it lists at most LISTED entries."""
    return max(0, len(entries) - LISTED)


def conflicts_as_json(details: Iterable[ConflictDetails]) -> list[dict[str, Any]]:
    return [
        {
            "sheet": one.conflict.dataset.sheet,
            "cell": one.conflict.address,
            "record": one.conflict.record,
            "key": one.conflict.key,
            "column": one.conflict.column.key,
            "base": one.conflict.base,
            "mine": one.conflict.mine,
            "theirs": one.conflict.theirs,
            "changed_by": one.by,
            "changed_at": one.at,
            "choice": one.conflict.chosen,
        }
        for one in details
    ]


def sheet_as_json(
    dataset: Dataset,
    month: Any,
    rows: Sequence[tuple[Any, Any]],
    versions: dict[tuple[str, str], int],
    findings: Sequence[Finding],
    *,
    start: int,
) -> dict[str, Any]:
    """Return the API's JSON for one sheet of a monthly return: columns, findings, and rows from index `start` on.

    `rows` come from `ReturnSheets.rows`.
    """
    keys = [column.key for column in dataset.of_kind(Kind.KEY)]
    return {
        "code": dataset.code,
        "title": dataset.sheet,
        "columns": [
            {
                "key": column.key,
                "title": column.title,
                "group": column.upper_heading(month),
                "kind": column.kind.value,
                "unit": column.unit,
                "places": column.places,
                "choices": list(column.choices),
            }
            for column in dataset.columns
        ],
        "rows": [
            {
                "key": row.key,
                "name": row.name,
                "version": versions.get((dataset.code, row.key), 0),
                "texts": {
                    **dict(zip(keys, row.key.split(KEY_SEPARATOR), strict=False)),
                    **{column.key: row.texts.get(column.key, "") for column in dataset.of_kind(Kind.LOCKED)},
                    **{column.key: typed.get(column.key, "") for column in dataset.input_columns},
                },
                **({"locked": sorted(row.locked_columns)} if row.locked_columns else {}),
            }
            for row, typed in rows[start : start + LISTED]
        ],
        "rows_more": count_entries_beyond_limit(rows[start:]),
        "findings": FindingSerializer(findings[:LISTED], many=True).data,  # type: ignore[arg-type]
        "findings_more": count_entries_beyond_limit(findings),
    }
