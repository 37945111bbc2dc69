"""An upload may do to its process what it likes."""

from dataclasses import replace

import pytest

from hunan_trade.workbooks import process
from hunan_trade.workbooks.archive import Limits
from hunan_trade.workbooks.sheets import WorkbookRefused

CHILD = "hunan_trade.workbooks.tests.misbehaving_child"


@pytest.mark.parametrize(("deed", "code"), [("abort", "exhausted"), ("kill", "exhausted"), ("eat", "unreadable")])
def test_a_child_that_dies_of_its_input_is_a_refusal(deed, code):
    with pytest.raises(WorkbookRefused) as refusal:
        process.run(CHILD, deed.encode(), Limits())
    assert refusal.value.code == code


def test_a_child_that_sleeps_is_ended_by_the_wall_clock():
    with pytest.raises(WorkbookRefused):
        process.run(CHILD, b"sleep", replace(Limits(), wall_seconds=1))


def test_a_child_that_spins_is_ended_by_its_processor_time():
    with pytest.raises(WorkbookRefused):
        process.run(CHILD, b"spin", replace(Limits(), cpu_seconds=1))


def test_a_child_has_no_network():
    assert process.run(CHILD, b"connect", Limits()) == b"no socket"


def test_a_child_does_not_inherit_the_environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    assert process.run(CHILD, b"environment", Limits()) == b"LC_ALL PATH"
