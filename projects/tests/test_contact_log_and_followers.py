"""Tests the log of contacts with the investors of projects, and who follows a project."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.accounts.tests import factories as cast
from hunan_trade.audit.models import Event
from hunan_trade.workflow import MoveRefused, Stale
from projects.contact_log.actions import void_contact
from projects.models import Project, ProjectContact, ProjectFollower
from projects.terminations.actions import enter_termination
from projects.tests.factories import followed_project, logged_contact, project

needs_db = pytest.mark.django_db


@needs_db
def test_the_last_contact_of_a_project_is_the_newest_one_whatever_the_order_of_logging() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = project(reporter)
    for by, on in ((reporter, date(2013, 3, 1)), (officer, date(2013, 3, 20)), (reporter, date(2013, 2, 4))):
        logged_contact(by, made, on)
    made.refresh_from_db()
    assert made.last_contact_on == date(2013, 3, 20) and made.contacts.count() == 3
    events = Event.objects.filter(verb="contact.logged")
    assert {event.region for event in events} == {made.city_id} and "陈经理" not in str(list(events.values()))


@needs_db
@pytest.mark.parametrize(("on", "words"), [(date(2013, 2, 3), "早于意向日期"), (date(2099, 1, 1), "还没有到")])
def test_a_day_that_cannot_be_is_refused_with_nothing_stored(on: date, words: str) -> None:
    with pytest.raises(ValidationError) as told:
        logged_contact(cast.reporter(), on=on)
    assert words in told.value.message_dict["contacted_on"][0]
    assert not ProjectContact.objects.exists()


@needs_db
def test_contacts_are_logged_by_who_enters_projects_while_the_project_goes_on() -> None:
    reporter, lead = cast.reporter(), cast.lead()
    made = project(reporter)
    with pytest.raises(MoveRefused, match="权限"):
        logged_contact(lead, made)
    with pytest.raises(Project.DoesNotExist):
        logged_contact(cast.reporter(cast.CHENZHOU), made)
    enter_termination(
        pk=made.pk, name="terminate", by=cast.officer(), seen=None, reason="撤资", effective_on=made.intended_on
    )
    with pytest.raises(MoveRefused, match="项目已终止"):
        logged_contact(reporter, made)


@needs_db
def test_a_wrong_contact_is_voided_by_who_logged_it_or_the_province_and_wakes_the_alert_again() -> None:
    reporter, officer = cast.reporter(), cast.officer()
    made = project(reporter)
    first, wrong = logged_contact(reporter, made, date(2013, 2, 5)), logged_contact(reporter, made, date(2013, 6, 28))

    def void(contact: ProjectContact, by: User, seen: int = 1, reason: str = "记到别的项目上了") -> date | None:
        void_contact(pk=contact.pk, name="void", by=by, seen=seen, reason=reason)
        made.refresh_from_db()
        last: date | None = made.last_contact_on
        return last

    with pytest.raises(MoveRefused, match="登记人或省厅"):
        void(wrong, cast.reporter())
    with pytest.raises(MoveRefused, match="没有这条记录"):
        void(wrong, cast.reporter(cast.CHENZHOU))
    with pytest.raises(MoveRefused, match="写明原因"):
        void(wrong, reporter, reason=" ")
    assert void(wrong, reporter) == date(2013, 2, 5)
    with pytest.raises(Stale):
        void(wrong, officer)
    with pytest.raises(MoveRefused, match="“作废”时"):
        void(wrong, officer, seen=2)
    assert void(first, officer) is None
    assert made.contacts.count() == 2 and not made.contacts.valid().exists()
    voided = Event.objects.filter(verb="contact.voided").order_by("pk")
    assert list(voided.values_list("actor_name", flat=True)) == [reporter.name, officer.name]


@needs_db
def test_a_contact_is_logged_on_the_page_of_the_project_and_shown_there(client: Client) -> None:
    reporter = cast.reporter()
    made = project(reporter)
    client.force_login(reporter)
    page = f"/projects/{made.code}/"
    given = {"version": made.version, "contacted_on": "2013-02-05", "person": "陈经理"}
    refused = client.post(f"{page}moves/log_contact/", given)
    assert "写明联系的内容" in refused.content.decode() and not made.contacts.exists()
    client.post(f"{page}moves/log_contact/", given | {"reason": "厂房已看"})
    for address in (page, "/projects/contacts/"):
        text = client.get(address).content.decode()
        assert all(words in text for words in ("2013-02-05", "陈经理", "厂房已看", reporter.name))


@needs_db
def test_the_contacts_of_a_project_go_with_it_to_another_city() -> None:
    contact = logged_contact(cast.reporter())
    Project.objects.filter(pk=contact.project_id).update(city=cast.CHENZHOU, area=None)
    contact.refresh_from_db()
    assert contact.city_id == cast.CHENZHOU


# --- Following ------------------------------------------------------------------------------------------------------
@needs_db
def test_somebody_follows_a_project_once_and_stops_again(client: Client) -> None:
    reporter = cast.reporter()
    made = project(reporter)
    client.force_login(reporter)
    page = f"/projects/{made.code}/"
    for _ in range(2):
        client.post(f"{page}follow/")
    assert ProjectFollower.objects.filter(project=made, user=reporter).count() == 1
    assert f'<span class="meta">{reporter.name}</span>' in client.get(page).content.decode()
    for _ in range(2):
        client.post(f"{page}unfollow/")
    assert not ProjectFollower.objects.exists()
    verbs = Event.objects.filter(verb__startswith="project.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["project.followed", "project.unfollowed"]


@needs_db
def test_nobody_follows_a_project_of_another_city(client: Client) -> None:
    made = project(cast.reporter(cast.CHENZHOU))
    client.force_login(cast.reporter())
    assert client.post(f"/projects/{made.code}/follow/").status_code == 404
    assert not ProjectFollower.objects.exists()


@needs_db
def test_followers_who_do_not_see_the_project_any_more_are_not_shown() -> None:
    officer, reporter, moved, left = cast.officer(), cast.reporter(), cast.reporter(), cast.lead()
    made = project(reporter)
    for each in (officer, reporter, moved, left):
        followed_project(each, made)
    type(moved).objects.filter(pk=moved.pk).update(region=cast.CHENZHOU)
    type(left).objects.filter(pk=left.pk).update(is_active=False)
    assert {each.user for each in made.followers.with_access()} == {officer, reporter}
    type(officer).objects.filter(pk=officer.pk).update(role=Role.AUDITOR)
    assert [each.user for each in made.followers.with_access()] == [reporter]


@needs_db
def test_the_home_page_counts_the_alerts_of_followed_projects_and_leads_to_them(client: Client) -> None:
    with clock.frozen_at(clock.at(date(2013, 6, 3), 9)):
        reporter = cast.reporter()
        late, silent, other = (
            project(reporter, expected_signed_on=date(2013, 6, 2)),
            project(reporter),
            project(reporter),
        )
        logged_contact(reporter, late, date(2013, 6, 1))
        for each in (late, silent):
            followed_project(reporter, each)
        client.force_login(reporter)
        home = client.get("/").content.decode()
        assert "我关注的项目" in home and "14 天内到预计日期" not in home
        for code, found in (("overdue", late), ("no_contact", silent)):
            address = f"/projects/?follower=me&alert={code}"
            assert address.replace("&", "&amp;") in home
            page = client.get(address).content.decode()
            assert [each.code for each in (late, silent, other) if each.code in page] == [found.code]
