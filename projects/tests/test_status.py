"""Tests how the status of a project changes, apart from its stage, who may change it, and what is refused."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.test import Client

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.testing.plugin import ClonedDatabase
from hunan_trade.testing.simultaneous_calls import refusals_of_simultaneous_calls
from hunan_trade.workflow import MoveRefused
from projects.actions_status import change_status
from projects.choices import Stage, Status
from projects.models import Project, ProjectHistory, StageEntry
from projects.stages.actions import decide_step, enter_step
from projects.tests.factories import project, stepped_project

WHY = "股东变更，等章程批复，预计九月"


def changed(made: Project, name: str, by: User, reason: str = WHY) -> tuple[str, str]:
    made.refresh_from_db()
    change_status(pk=made.pk, name=name, by=by, seen=made.version, reason=reason)
    return standing(made)


def standing(made: Project) -> tuple[str, str]:
    made.refresh_from_db()
    return made.status, made.status_reason


@pytest.mark.django_db
def test_a_status_stands_with_its_reason_and_the_way_back_clears_it() -> None:
    reporter = cast.reporter()
    made = project(reporter)
    assert changed(made, "delay", reporter) == (Status.DELAYED, WHY)
    assert changed(made, "stall", reporter, "资金未到") == (Status.STALLED, "资金未到")
    assert changed(made, "resume", reporter, "资金已到") == (Status.ACTIVE, "")
    assert made.stage == Stage.INTENDED
    kept = ProjectHistory.objects.filter(id=made.pk).order_by("version").values_list("status", "status_reason")
    assert list(kept) == [("active", ""), ("delayed", WHY), ("stalled", "资金未到"), ("active", "")]
    events = Event.objects.filter(object_id=str(made.pk), verb__startswith="projects.").order_by("pk")
    assert list(events.values_list("verb", "reason", "region"))[1:] == [
        ("projects.delayed", WHY, made.city_id),
        ("projects.stalled", "资金未到", made.city_id),
        ("projects.resumed", "资金已到", made.city_id),
    ]


@pytest.mark.django_db
def test_a_status_without_a_reason_or_of_somebody_without_the_right_is_refused() -> None:
    reporter = cast.reporter()
    made = project(reporter)
    with pytest.raises(MoveRefused, match="写明为什么延期"):
        changed(made, "delay", reporter, " ")
    with pytest.raises(MoveRefused, match="权限"):
        changed(made, "delay", cast.lead())
    with pytest.raises(MoveRefused, match="不在您的范围内"):
        changed(made, "delay", cast.reporter(cast.CHENZHOU))
    with pytest.raises(MoveRefused, match="项目在“推进中”，不能恢复推进"):
        changed(made, "resume", cast.officer())
    assert standing(made) == (Status.ACTIVE, "")


@pytest.mark.django_db
def test_a_project_is_finished_once_the_province_confirmed_that_it_operates() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = stepped_project(reporter, "sign", "land", "produce", confirmed_by=officer)
    entry = enter_step(pk=made.pk, name="operate", by=reporter, seen=None, effective_on=made.intended_on)
    with pytest.raises(MoveRefused, match="项目在“投产”，省厅确认营运后才能完成"):
        changed(made, "finish", reporter)
    decide_step(pk=entry.pk, name="confirm", by=officer, seen=entry.version)
    assert changed(made, "finish", reporter, "全部投产")[0] == Status.FINISHED
    entry.refresh_from_db()
    with pytest.raises(MoveRefused, match="先撤回完成"):
        decide_step(pk=entry.pk, name="void", by=officer, seen=entry.version, reason="报错项目")
    with pytest.raises(MoveRefused, match="权限"):
        changed(made, "reopen", reporter)
    assert changed(made, "reopen", officer, "二期未建") == (Status.ACTIVE, "")


@pytest.mark.django_db
def test_a_delayed_project_goes_on_through_its_stages() -> None:
    reporter = cast.reporter()
    made = stepped_project(reporter)
    changed(made, "delay", reporter)
    enter_step(pk=made.pk, name="sign", by=reporter, seen=made.version, effective_on=date(2013, 3, 18))
    assert standing(made) == (Status.DELAYED, WHY) and made.stage == Stage.SIGNED


@pytest.mark.django_db
def test_the_page_offers_stages_and_statuses_and_shows_who_changed_the_status_and_why(client: Client) -> None:
    reporter = cast.reporter(name="刘敏")
    made = stepped_project(reporter)
    client.force_login(reporter)
    address = f"/projects/{made.code}/"
    page = client.get(address).content.decode()
    assert all(f"{address}moves/{name}/" in page for name in ("sign", "delay", "stall"))
    assert "moves/resume/" not in page and "省厅确认营运后才能完成" in page
    refused = client.post(f"{address}moves/delay/", {"reason": "", "version": made.version})
    assert "写明为什么延期、预计延到什么时候。" in refused.content.decode()
    assert client.post(f"{address}moves/delay/", {"reason": WHY, "version": made.version}).status_code == 302
    assert client.post(f"{address}moves/stall/", {"reason": "资金", "version": made.version}).status_code == 409
    page = client.get(address).content.decode()
    assert page.count(WHY) >= 2 and "刘敏" in page and f"{address}moves/resume/" in page


@pytest.mark.django_db
def test_the_status_of_many_is_changed_after_a_preview_as_one_act(client: Client) -> None:
    reporter = cast.reporter()
    made = [project(reporter) for _ in range(3)]
    changed(made[2], "delay", reporter)
    client.force_login(reporter)
    picked = "&".join(f"pick={each.code}" for each in made)
    listed = client.get("/projects/").content.decode()
    assert "改状态" in listed and "/projects/bulk/moves/" in listed
    choices = client.get(f"/projects/bulk/moves/?{picked}").content.decode()
    assert "设为停滞" in choices and "恢复推进" in choices and "登记签约" not in choices
    preview = client.get(f"/projects/bulk/moves/delay/?{picked}").content.decode()
    assert "项目在“延期”，不能设为延期" in preview and made[0].name in preview
    versions = " ".join(f"{each.code}:{each.version}" for each in made[:2])
    answer = client.post(f"/projects/bulk/moves/delay/?{picked}", {"versions": versions, "reason": "用地指标未下达"})
    assert answer.status_code == 302
    assert [standing(each)[1] for each in made] == ["用地指标未下达", "用地指标未下达", WHY]
    acts = ProjectHistory.objects.filter(id__in=[each.pk for each in made[:2]], valid_to=None).values("act")
    assert acts.distinct().count() == 1


@pytest.mark.django_db
def test_no_token_changes_a_status(client: Client) -> None:
    reporter = cast.reporter()
    made = project(reporter)
    headers = cast.bearer_headers(reporter, Token.Scope.REGISTER) | {"If-Match": '"1"'}
    address = f"/api/v1/projects/{made.code}/moves/delay/"
    assert client.post(address, {"reason": WHY}, "application/json", headers=headers).status_code == 403
    client.force_login(reporter)
    answer = client.post(address, {"reason": WHY}, "application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["status"]) == (200, "delayed"), answer.content


def test_of_two_statuses_at_once_one_wins_and_the_other_person_is_told(cloned_database: ClonedDatabase) -> None:
    people = {"delay": cast.reporter(name="刘敏"), "stall": cast.officer(name="陈立")}
    made = project(people["delay"])
    given: dict[str, Any] = {"pk": made.pk, "seen": made.version}
    acts = (partial(change_status, name=name, by=by, reason=name, **given) for name, by in people.items())
    told = dict(zip(people, refusals_of_simultaneous_calls(*acts), strict=True))
    (winner,) = (name for name, sentence in told.items() if not sentence)
    assert people[winner].name in "".join(told.values())
    assert standing(made)[1] == winner
    assert not StageEntry.objects.exists()
