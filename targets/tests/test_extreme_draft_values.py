"""Tests that a draft with extreme values is either published or refused with a message."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hunan_trade.accounts.models import User
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.workflow import MoveRefused
from targets.drafting.models import PlanDraft
from targets.models import WorkPlan
from targets.tests.plan_and_user_factories import create_user
from targets.tests.test_plan_drafts import PLAN, PROJECTS, draft_of, publish_over_current

DAY = st.one_of(
    st.none(), st.dates().map(str), st.sampled_from(["9999-12-31", "1900-02-01", "1999-12-31", "2100-12-31", "x"])
)
NUMBER = st.one_of(
    st.none(), st.decimals().map(str), st.sampled_from(["²", "1e11", "0.00001", "-0", "", "32000", "1e999999"])
)
WORDS = st.text(max_size=70)
QUANTITY = st.fixed_dictionaries(
    {
        "text": WORDS,
        "metric": WORDS,
        "kind": st.sampled_from(["target", "direction", "roster", "past"]),
        "op": st.sampled_from(["=", "range", "≥", None]),
        "unit": st.one_of(st.none(), WORDS, st.just("个")),
        "horizon": DAY,
        **dict.fromkeys(("value", "low", "high", "base", "growth_pct"), NUMBER),
    }
)
DEADLINE = st.fixed_dictionaries({"text": WORDS, "start": DAY, "end": DAY, "recurring": st.booleans()})


@pytest.fixture
def officer(db: None) -> User:
    regions.load_regions()
    return create_user()


@pytest.mark.parametrize("year", [1900, 1999, 2000, 2099, 2100, 2101])
@pytest.mark.parametrize("titled", [True, False])
def test_a_document_of_any_year_becomes_a_draft(officer: User, year: int, titled: bool) -> None:
    words = (
        PLAN.replace("2014年", f"{year}年")
        if titled
        else PLAN.replace("2014年加工", "加工").replace("2014年2月", f"{year}年2月")
    )
    draft = draft_of(words, by=officer)
    assert draft.year in {None, year} and (draft.year == year or not 2000 <= year <= 2100 or year > 2099)
    if draft.year is None:
        with pytest.raises(MoveRefused):
            publish_over_current(draft, draft.version, officer)
    else:
        assert publish_over_current(draft, draft.version, officer).year == year


@settings(max_examples=60)
@given(
    st.lists(QUANTITY, max_size=3), st.lists(DEADLINE, max_size=3), st.lists(st.text(max_size=300), max_size=3),
    st.text(min_size=1, max_size=250), st.text(max_size=30),
)  # fmt: skip
def test_a_node_with_any_values_is_published_or_refused_with_a_message(
    officer: User, quantities: list[Any], deadlines: list[Any], units: list[str], title: str, marker: str
) -> None:
    clean = str.maketrans("", "", "\0")
    with transaction.atomic():
        draft = draft_of(by=officer)
        values = {"quantities": quantities, "deadlines": deadlines, "units": units, "title": title, "marker": marker}
        PlanDraft.objects.filter(pk=draft.pk).update(
            nodes=[
                {**node, **(_translate_texts(values, clean) if at in (PROJECTS, PROJECTS - 1) else {})}
                for at, node in enumerate(draft.nodes)
            ]
        )
        draft.refresh_from_db()
        try:
            assert isinstance(publish_over_current(draft, draft.version, officer), WorkPlan)
        except MoveRefused as refused:
            assert str(refused)
        transaction.set_rollback(True)


def _translate_texts(values: Any, table: Any) -> Any:
    """Apply str.translate to every text inside nested values."""
    if isinstance(values, str):
        return values.translate(table)
    if isinstance(values, dict):
        return {key: _translate_texts(part, table) for key, part in values.items()}
    return [_translate_texts(part, table) for part in values] if isinstance(values, list) else values
