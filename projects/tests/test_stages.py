"""Tests how projects step from stage to stage, who confirms, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.lists.models import Act
from hunan_trade.lists.record_change_preparation import RecordChange
from hunan_trade.workflow import MoveRefused, Stale
from projects.actions import save_projects
from projects.choices import EntryState, Stage
from projects.models import Project, StageEntryHistory
from projects.stages.actions import STAGE_OF, accept_steps, decide_step, decide_steps, enter_step
from projects.stages.models import StageEntry
from projects.tests.factories import project, stepped_project, take_step, with_paid_in

pytestmark = pytest.mark.django_db
SIGNED, LANDED = date(2013, 3, 18), date(2013, 6, 3)


def entered(made: Project, name: str, on: date, by: User) -> StageEntry:
    made.refresh_from_db()
    return enter_step(pk=made.pk, name=name, effective_on=on, by=by, seen=made.version)


def signed_project(by: User, accepted_by: User | None = None) -> Project:
    made = stepped_project(by)
    take_step(made, "sign", SIGNED, by=by, confirmed_by=accepted_by)
    return made


def stage_of(made: Project) -> tuple[str, bool, date | None, date | None]:
    made.refresh_from_db()
    return made.stage, made.stage == made.accepted_stage, made.signed_on, made.landed_on


def test_a_signing_is_shown_at_once_and_stands_unaccepted() -> None:
    reporter = cast.reporter()
    made = stepped_project(reporter)
    entry = entered(made, "sign", SIGNED, reporter)
    assert entry.state == EntryState.UNACCEPTED
    assert stage_of(made) == (Stage.SIGNED, False, SIGNED, None)
    event = Event.objects.get(verb="stage.entered")
    assert (event.object_id, event.region) == (str(made.pk), made.city_id)


def test_a_landing_waits_for_the_province_and_is_never_confirmed_by_who_entered_it() -> None:
    reporter, officer, other = cast.reporter(), cast.officer(), cast.officer()
    made = signed_project(reporter, accepted_by=other)
    entry = entered(made, "land", LANDED, officer)
    assert stage_of(made) == (Stage.SIGNED, True, SIGNED, None)
    with pytest.raises(MoveRefused, match=f"{officer.name}已申报落地"):
        entered(made, "land", LANDED, reporter)
    with pytest.raises(MoveRefused, match="别人确认"):
        decide_step(pk=entry.pk, name="confirm", by=officer, seen=entry.version)
    with pytest.raises(MoveRefused, match="权限"):
        decide_step(pk=entry.pk, name="confirm", by=reporter, seen=entry.version)
    decide_step(pk=entry.pk, name="confirm", by=other, seen=entry.version)
    assert stage_of(made) == (Stage.LANDED, True, SIGNED, LANDED)
    assert Event.objects.get(verb="stage.confirmed").region == made.city_id


def test_a_landing_is_not_confirmed_before_the_return_with_the_signing_is_accepted(client: Client) -> None:
    """Its page, the preview of many and the API say which step waits for the return."""
    reporter, officer = cast.reporter(), cast.officer()
    made = signed_project(reporter)
    signing, landing = StageEntry.objects.get(), entered(made, "land", LANDED, reporter)
    waits = "签约 2013-03-18 待月报核定，核定后才能确认落地"
    with pytest.raises(MoveRefused, match=waits):
        decide_step(pk=landing.pk, name="confirm", by=officer, seen=landing.version)
    (outcome,) = decide_steps(seen={landing.pk: 1}, name="confirm", by=officer)
    assert outcome.refused and stage_of(made) == (Stage.SIGNED, False, SIGNED, None)
    client.force_login(officer)
    for address in (f"{landing.pk}/", f"bulk/moves/confirm/?pick={landing.pk}"):
        assert waits in client.get(f"/projects/stages/{address}").content.decode()
    assert "落地 2013-06-03，签约月报核定后由省厅确认" in client.get(f"/projects/{made.code}/").content.decode()
    address = f"/api/v1/project-stages/{landing.pk}/moves/confirm/"
    answer = client.post(address, {}, "application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, waits in answer.json()["detail"]) == (409, True), answer.content
    accept_steps(steps=[signing.pk], by=officer, reason="月报核定")
    decide_step(pk=landing.pk, name="confirm", by=officer, seen=landing.version)
    assert stage_of(made) == (Stage.LANDED, True, SIGNED, LANDED)


def test_the_documents_of_many_landings_are_read_at_once() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    landings = [entered(signed_project(reporter, officer), "land", LANDED, reporter) for _ in range(3)]
    with CaptureQueriesContext(connection) as found:
        outcomes = decide_steps(seen={entry.pk: entry.version for entry in landings}, name="confirm", by=officer)
    assert not any(outcome.refused for outcome in outcomes)
    assert sum("lists_attachment" in query["sql"] for query in found) == 1


def test_operation_is_not_confirmed_before_the_return_with_production_is_accepted() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = with_paid_in(stepped_project(reporter, "sign", "land", confirmed_by=officer), reporter)
    take_step(made, "produce", LANDED, by=reporter)
    operation = take_step(made, "operate", LANDED, by=reporter)
    with pytest.raises(MoveRefused, match="投产 2013-06-03 待月报核定，核定后才能确认营运"):
        decide_step(pk=operation.pk, name="confirm", by=officer, seen=operation.version)


def test_a_step_given_back_is_told_why_and_may_be_entered_again() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = signed_project(reporter)
    entry = entered(made, "land", LANDED, reporter)
    with pytest.raises(MoveRefused, match="还缺什么"):
        decide_step(pk=entry.pk, name="give_back", by=officer, seen=entry.version)
    decide_step(pk=entry.pk, name="give_back", by=officer, seen=entry.version, reason="缺用地预审")
    with pytest.raises(Stale, match=officer.name):
        decide_step(pk=entry.pk, name="confirm", by=officer, seen=entry.version)
    again = entered(made, "land", LANDED, reporter)
    entry.refresh_from_db()
    assert again.pk != entry.pk
    assert (entry.state, entry.decided_reason, entry.decided_by) == (EntryState.GIVEN_BACK, "缺用地预审", officer)


def test_the_page_leads_to_the_step_that_was_given_back_until_it_is_entered_again(client: Client) -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = signed_project(reporter)
    entry = entered(made, "land", LANDED, reporter)
    client.force_login(reporter)
    link = f'<a href="/projects/stages/{entry.pk}/">落地 2013-06-03 已退回，看原因后重新申报</a>'
    assert link not in client.get(f"/projects/{made.code}/").content.decode()
    decide_step(pk=entry.pk, name="give_back", by=officer, seen=entry.version, reason="缺用地预审")
    assert link in client.get(f"/projects/{made.code}/").content.decode()
    assert "缺用地预审" in client.get(f"/projects/stages/{entry.pk}/").content.decode()
    entered(made, "land", LANDED, reporter)
    assert link not in client.get(f"/projects/{made.code}/").content.decode()


def test_a_signing_voided_and_entered_again_keeps_both_days() -> None:
    """(traps P1)"""
    reporter, officer = cast.reporter(), cast.officer()
    made = stepped_project(reporter)
    entry = entered(made, "sign", SIGNED, reporter)
    with pytest.raises(MoveRefused, match="权限"):
        decide_step(pk=entry.pk, name="void", by=reporter, seen=entry.version, reason="合同未生效")
    decide_step(pk=entry.pk, name="void", by=officer, seen=entry.version, reason="合同未生效")
    assert stage_of(made) == (Stage.INTENDED, True, None, None)
    entered(made, "sign", LANDED, reporter)
    assert stage_of(made) == (Stage.SIGNED, False, LANDED, None)
    assert list(StageEntry.objects.order_by("pk").values_list("effective_on", "state")) == [
        (SIGNED, EntryState.VOID),
        (LANDED, EntryState.UNACCEPTED),
    ]


def test_stages_are_voided_from_the_last_one_back() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = signed_project(reporter)
    signing, landing = StageEntry.objects.get(), entered(made, "land", LANDED, reporter)
    with pytest.raises(MoveRefused, match="先作废“落地”"):
        decide_step(pk=signing.pk, name="void", by=officer, seen=signing.version, reason="合同未生效")
    decide_step(pk=landing.pk, name="void", by=officer, seen=landing.version, reason="报错项目")
    decide_step(pk=signing.pk, name="void", by=officer, seen=signing.version, reason="合同未生效")
    assert stage_of(made) == (Stage.INTENDED, True, None, None)


@pytest.mark.parametrize(
    ("name", "on", "words"),
    [
        ("land", LANDED, "项目在“意向”，不能申报落地"),
        ("sign", date(2013, 2, 3), "早于意向日期"),
        ("sign", date(2030, 1, 1), "还没有到"),
    ],
)
def test_a_step_out_of_order_is_refused_in_words_and_nothing_is_written(name: str, on: date, words: str) -> None:
    reporter = cast.reporter()
    made = stepped_project(reporter)
    with pytest.raises((MoveRefused, ValidationError), match=words):
        entered(made, name, on, reporter)
    assert not StageEntry.objects.exists() and not Event.objects.filter(verb="stage.entered").exists()


def test_a_step_waits_for_what_its_stage_demands_of_the_class(client: Client) -> None:
    reporter = cast.reporter()
    made = project(reporter, investors="甲公司")
    with pytest.raises(MoveRefused, match="还差 1 项：未填合同资金"):
        entered(made, "sign", SIGNED, reporter)
    client.force_login(reporter)
    page = client.get(f"/projects/{made.code}/").content.decode()
    assert '<h2 id="no-sign">' in page and 'aria-describedby="no-sign"' in page  # which says it, and no other sentence
    assert "到“签约”，还差 1 项" in page and "还不能登记签约" not in page
    assert f'href="/projects/{made.code}/edit/#id_contracted_cny"' in page
    assert 'id="id_contracted_cny"' in client.get(f"/projects/{made.code}/edit/").content.decode()


def test_a_platform_needs_no_registration_to_land_and_an_industrial_project_does() -> None:
    reporter, facts = cast.reporter(), {"registered_on": None, "land_mu": None}
    platform = stepped_project(reporter, "sign", project_class="platform", kind="logistics", **facts)
    assert entered(platform, "land", LANDED, reporter).state == EntryState.AWAITING_PROVINCE
    industrial = stepped_project(reporter, "sign", **facts)
    with pytest.raises(MoveRefused, match="未填工商注册日期、未填用地或标准厂房"):
        entered(industrial, "land", LANDED, reporter)


def test_a_step_whose_project_lacks_something_by_now_is_not_confirmed() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = signed_project(reporter, accepted_by=officer)
    entry = entered(made, "land", LANDED, reporter)
    made.refresh_from_db()
    emptied = RecordChange({"registered_on": None}, made.pk, made.version)
    save_projects(changes=[emptied], by=reporter, kind=Act.Kind.EDITED, reason="核对")
    with pytest.raises(MoveRefused, match="未填工商注册日期"):
        decide_step(pk=entry.pk, name="confirm", by=officer, seen=entry.version)


def test_an_intention_later_than_a_step_is_refused_at_the_day() -> None:
    reporter = cast.reporter()
    made = signed_project(reporter)
    made.refresh_from_db()
    change = RecordChange({"intended_on": date(2013, 3, 19)}, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=reporter, kind=Act.Kind.EDITED, reason="核对")
    assert "2013-03-18" in outcome.errors["intended_on"][0]


def test_many_steps_are_confirmed_at_once_and_those_changed_since_are_told() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = [signed_project(reporter, accepted_by=officer) for _ in range(3)]
    steps = [entered(each, "land", LANDED, reporter) for each in made]
    decide_step(pk=steps[2].pk, name="give_back", by=officer, seen=1, reason="缺用地预审")
    outcomes = decide_steps(seen={step.pk: 1 for step in steps}, name="confirm", by=officer)
    assert [outcome.problem for outcome in outcomes] == ["", "", "stale"]
    assert [stage_of(each)[0] for each in made] == [Stage.LANDED, Stage.LANDED, Stage.SIGNED]
    assert Event.objects.filter(verb="stage.confirmed").count() == 1


def test_a_city_does_not_move_another_city_s_project() -> None:
    made = stepped_project(cast.reporter(cast.CHENZHOU))
    with pytest.raises(Project.DoesNotExist):
        entered(made, "sign", SIGNED, cast.reporter())
    with pytest.raises(MoveRefused, match="权限"):
        entered(made, "sign", SIGNED, cast.lead(cast.CHENZHOU))


def test_steps_go_along_when_a_project_goes_to_another_city() -> None:
    officer = cast.officer()
    made = signed_project(cast.reporter())
    made.refresh_from_db()
    change = RecordChange({"city": cast.CHENZHOU, "area": None}, made.pk, made.version)
    (outcome,) = save_projects(changes=[change], by=officer, kind=Act.Kind.EDITED, reason="登记错市州")
    assert not outcome.refused
    assert not StageEntry.objects.visible_to(cast.reporter()).exists()
    assert StageEntry.objects.visible_to(cast.reporter(cast.CHENZHOU)).count() == 1
    assert StageEntryHistory.objects.get(valid_to=None).act.kind == Act.Kind.EDITED


def test_a_token_moves_to_signing_and_asks_no_confirmation(client: Client) -> None:
    """What the province confirms is asked for, confirmed, given back and voided by persons alone."""
    reporter, officer = cast.reporter(), cast.officer()
    made = stepped_project(reporter)
    address, body = f"/api/v1/projects/{made.code}/moves/", {"effective_on": "2013-03-18"}

    def moved(path: str, user: User, version: int) -> int:
        headers = cast.bearer_headers(user, Token.Scope.REGISTER) | {"If-Match": f'"{version}"'}
        return client.post(path, body, "application/json", headers=headers).status_code

    assert [moved(f"{address}sign/", reporter, 1) for _ in range(2)] == [200, 412]
    body["effective_on"] = "2013-06-03"
    assert moved(f"{address}land/", reporter, 2) == 403
    entry = entered(made, "land", LANDED, reporter)
    assert {moved(f"/api/v1/project-stages/{entry.pk}/moves/{name}/", officer, 1) for name in ("confirm", "void")} == {
        403
    }


def test_the_page_of_a_project_shows_stages_steps_and_what_may_be_done(client: Client) -> None:
    reporter = cast.reporter()
    made = signed_project(reporter)
    client.force_login(reporter)
    page = client.get(f"/projects/{made.code}/").content.decode()
    assert "到“落地”" in page and "2013-03-18，未核定" in page
    assert f"/projects/{made.code}/moves/land/" in page and "moves/sign/" not in page
    form = {"effective_on": "2013-06-03", "reason": "", "version": "2"}
    answer = client.post(f"/projects/{made.code}/moves/land/", form)
    assert answer.status_code == 302
    page = client.get(f"/projects/{made.code}/").content.decode()
    signing, step = StageEntry.objects.order_by("pk")
    assert f'<a href="/projects/stages/{step.pk}/">落地 2013-06-03，签约月报核定后由省厅确认</a>' in page
    accept_steps(steps=[signing.pk], by=cast.officer(), reason="月报核定")
    page = client.get(f"/projects/{made.code}/").content.decode()
    assert f'<a href="/projects/stages/{step.pk}/">落地 2013-06-03，待省厅确认</a>' in page


def test_each_move_leads_to_the_stage_of_its_name() -> None:
    assert list(STAGE_OF.values()) == [stage for stage in Stage if stage != Stage.INTENDED]
