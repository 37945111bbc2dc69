"""Loads the data of the page for publishing a draft, with the earlier item that each item continues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from targets.continued_items import newest_rows_by_identity
from targets.drafting.draft_to_plan import DraftItem, draft_items, find_continued_items, title_without_final_punctuation
from targets.drafting.models import PlanDraft
from targets.drafting.node_edits import NEW_ITEM
from targets.drafting.queries_draft_page import DraftPage, draft_page
from targets.dropped_items import DroppedItem, load_dropped_items
from targets.models import PlanItem


@dataclass(frozen=True)
class PublishPage:
    """Data of the page for publishing a draft: which earlier item each item continues, and the dropped items."""

    page: DraftPage
    items: Sequence[DraftItem]
    earlier: Mapping[int, PlanItem]  # by identity
    continued: Mapping[int, PlanItem]  # by the draft's item number
    dropped: tuple[DroppedItem, ...]

    @property
    def draft(self) -> PlanDraft:
        return self.page.draft

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The choices that the form offers for a draft item: a new item, or an earlier plan item that it continues."""
        rows = sorted(self.earlier.values(), key=lambda row: (not self._is_in_current_plan(row), row.number))
        return [(NEW_ITEM, "新增条目"), *((str(row.identity_id), self._choice_label(row)) for row in rows)]

    def initial_choice(self, item: DraftItem) -> str:
        """Return the preset choice for a draft item: the identity key of the item that it continues, or "new"."""
        row = self.continued.get(item.number)
        return str(row.identity_id) if row else NEW_ITEM

    def has_changed_title(self, item: DraftItem) -> bool:
        """Return whether the item's title differs from that of the earlier item that it continues."""
        row = self.continued.get(item.number)
        return row is not None and row.title != title_without_final_punctuation(item.node)

    def _is_in_current_plan(self, row: PlanItem) -> bool:
        return self.page.current_plan is not None and row.plan_id == self.page.current_plan.pk

    def _choice_label(self, row: PlanItem) -> str:
        return f"{row}" if self._is_in_current_plan(row) else f"{row}（第{row.plan.version}版，后已撤下）"

    @property
    def confirm_text(self) -> str:
        """Text of the dialog that asks the user to confirm publishing, with the numbers of the dropped items."""
        numbers = "、".join(f"第{dropped.item.number}条" for dropped in self.dropped)
        return f"{f'撤下现行版{numbers}。' if numbers else ''}{self.page.confirm_text}"


def publish_page(draft: PlanDraft) -> PublishPage:
    """Load all data of the page on which a draft is published."""
    page, items = draft_page(draft, None), draft_items(draft.nodes)
    plan = page.current_plan
    continued = find_continued_items(items, plan)
    going_on = {row.pk for row in continued.values()}
    left = plan.items.exclude(pk__in=going_on).values_list("pk", flat=True) if plan else ()
    return PublishPage(
        page, items, newest_rows_by_identity(plan.year) if plan else {}, continued, load_dropped_items(left)
    )
