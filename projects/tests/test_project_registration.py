"""Tests how projects are entered in the register, what is refused, and what codes they get."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hunan_trade import clock
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.actions import System
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.workflow import MoveRefused
from parks.actions import load_parks
from parks.models import Park
from projects.actions import save_projects
from projects.choices import Stage, Status
from projects.models import CodeCounter, Project
from projects.tests.factories import project, project_values, saved

pytestmark = pytest.mark.django_db
YIYANG, ZHANGJIAJIE = "430900", "430800"


def test_a_new_project_begins_at_intention_with_the_next_code_of_its_city() -> None:
    with clock.frozen_at(clock.at(date(2013, 7, 8))):
        officer = cast.officer()
        first = project(officer, city=YIYANG)
        assert (first.code, first.stage, first.status) == ("YI-2013-0001", Stage.INTENDED, Status.ACTIVE)
        made = saved(officer, *(project_values(city) for city in (YIYANG, ZHANGJIAJIE, YIYANG)))
    codes = [Project.objects.get(pk=outcome.pk or 0).code for outcome in made]
    assert codes == ["YI-2013-0002", "ZJJ-2013-0001", "YI-2013-0003"]


def test_a_code_is_never_given_again() -> None:
    officer = cast.officer()
    with clock.frozen_at(clock.at(date(2013, 7, 8))):
        (refused,) = saved(officer, project_values(YIYANG, kind="water"))
        assert refused.refused and not CodeCounter.objects.exists()
        gone = project(officer, city=YIYANG)
        Project.objects.filter(pk=gone.pk).delete()
        assert project(officer, city=YIYANG).code > gone.code
    with clock.frozen_at(clock.at(date(2014, 1, 2))):
        assert project(officer, city=YIYANG).code == "YI-2014-0001"


def test_the_database_holds_to_a_code_once_given() -> None:
    standing = project(cast.reporter())
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=standing.pk).update(code="CS-2013-0999")


def test_a_sent_code_that_is_another_is_refused_at_the_code() -> None:
    reporter = cast.reporter()
    standing = project(reporter)
    change = RecordChange({"code": "CS-2013-0999"}, standing.pk, standing.version)
    (outcome,) = save_projects(changes=[change], by=reporter, kind=Act.Kind.IMPORTED)
    assert set(outcome.errors) == {"code"} and standing.code in outcome.errors["code"][0]
    change = RecordChange({"code": standing.code.lower(), "note": "改"}, standing.pk, standing.version)
    (outcome,) = save_projects(changes=[change], by=reporter, kind=Act.Kind.IMPORTED)
    assert outcome.result == "changed"


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"code": "CS-2013-0999"}, "code"),
        ({"city": "430000"}, "city"),
        ({"city": cast.CHENZHOU}, "city"),
        ({"name": ""}, "name"),
        ({"area": "431002"}, "area"),
        ({"project_class": "infrastructure"}, "kind"),
        ({"project_class": "platform", "kind": "water"}, "kind"),
        ({"kind": "water"}, "kind"),
        ({"intended_on": date(2013, 7, 9)}, "intended_on"),
        ({"expected_signed_on": date(2013, 2, 3)}, "expected_signed_on"),
        ({"expected_landed_on": date(2013, 9, 1), "expected_operated_on": date(2013, 8, 1)}, "expected_operated_on"),
        ({"contracted_usd": "-1"}, "contracted_usd"),
        ({"contracted_cny": "12345678901234567.00"}, "contracted_cny"),
    ],
)
def test_contradicting_facts_are_refused_at_their_field(given: dict[str, Any], at: str) -> None:
    with clock.frozen_at(clock.at(date(2013, 7, 8))):
        (outcome,) = saved(cast.reporter(), project_values(cast.CHANGSHA, **given))
    assert outcome.refused and set(outcome.errors) == {at}
    assert not Project.objects.exists()


def test_park_and_contact_are_of_the_project_s_city() -> None:
    load_parks(by=System("初始化"))
    reporter, other = cast.reporter(), cast.reporter(cast.CHENZHOU)
    theirs = Park.objects.filter(city=cast.CHENZHOU).first()
    (outcome,) = saved(reporter, project_values(cast.CHANGSHA, park=theirs, city_contact=other))
    assert set(outcome.errors) == {"park", "city_contact"}
    ours = Park.objects.filter(city=cast.CHANGSHA).first()
    assert project(reporter, park=ours, city_contact=reporter).park == ours


def test_a_city_neither_sees_nor_changes_another_city_s_project() -> None:
    theirs = project(cast.reporter(cast.CHENZHOU))
    reporter = cast.reporter()
    assert not Project.objects.visible_to(reporter).exists()
    change = RecordChange({"note": "改"}, theirs.pk, theirs.version)
    (outcome,) = save_projects(changes=[change], by=reporter, kind=Act.Kind.EDITED)
    assert outcome.problem == "unknown"
    with pytest.raises(MoveRefused):
        save_projects(changes=[change], by=cast.lead(cast.CHENZHOU), kind=Act.Kind.EDITED)
