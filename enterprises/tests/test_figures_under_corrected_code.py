"""Tests that figures typed under a customs code that was corrected since are reported, with what to do about them."""

from __future__ import annotations

import pytest

from enterprises.actions import save_enterprises
from enterprises.tests import return_factories as returns
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.intake.return_sheets import stored_sheets
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.periods import Month
from reporting.tests.factories import clock_in_month_after

pytestmark = pytest.mark.django_db
JANUARY = Month(2013, 1)


def test_figures_typed_under_a_code_that_was_corrected_are_named_with_what_to_do() -> None:
    reporter = cast.reporter()
    firm = returns.enterprise(reporter)
    january, old = returns.opened(cast.CHANGSHA, JANUARY), firm.customs_code
    new = old[:-1] + ("1" if old[-1] != "1" else "2")
    with clock_in_month_after(JANUARY):
        returns.filled(january, reporter, {old: ("100", "40")}, i06="3")
        assert "row.unlisted" not in {finding.code for finding in stored_sheets(january).check().findings}
        change = RecordChange({"customs_code": new}, firm.pk, firm.version)
        save_enterprises(changes=[change], by=reporter, kind=Act.Kind.EDITED, reason="海关更正")
        checked = stored_sheets(january).check()
        (lost,) = (finding for finding in checked.findings if finding.code == "row.unlisted")
        assert old in lost.message and "出口 100、进口 40" in lost.message and "填到新编码的一行" in lost.message
        blank = {finding.key for finding in checked.blocking if finding.code == "cell.blank"}
        assert blank and all(key.startswith(new) for key in blank)
