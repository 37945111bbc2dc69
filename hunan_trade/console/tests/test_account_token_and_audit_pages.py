"""Tests of the pages of accounts, roles, API tokens and the audit log."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from hunan_trade.accounts import actions, tokens
from hunan_trade.accounts.backends import LoginRefused, check_login
from hunan_trade.accounts.models import PasswordLink, Token, User
from hunan_trade.accounts.roles import GRANTS, Role
from hunan_trade.accounts.tests import factories
from hunan_trade.accounts.tests.factories import PASSWORD
from hunan_trade.audit.actions import System, record
from hunan_trade.audit.models import Event, Link

pytestmark = pytest.mark.django_db


def signed_in_client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_account_is_created_given_a_role_reset_closed_and_reopened() -> None:
    factories.reporter()
    admin, security = signed_in_client(factories.administrator()), signed_in_client(factories.security_officer())
    shown = admin.post("/accounts/new/", {"username": "LiuMin", "name": "甄试一", "region": "431000"}).content.decode()
    user = User.objects.get(username="liumin")
    assert re.search(r"[A-Z2-7]{5}(-[A-Z2-7]{5}){2}", shown) and user.role == ""
    given = security.post(f"/grants/{user.pk}/", {"role": "city_lead", "region": "431000", "reason": "任职通知"})
    user.refresh_from_db()
    assert given.status_code == 302 and (user.role, user.region_id) == ("city_lead", "431000")
    page = admin.get(f"/accounts/{user.pk}/").content.decode()
    assert "授予角色" in page and "任职通知" in page
    assert admin.post(f"/accounts/{user.pk}/reset/", {"reason": ""}).status_code == 409
    assert admin.post(f"/accounts/{user.pk}/reset/", {"reason": "忘记"}).status_code == 200
    admin.post(f"/accounts/{user.pk}/close/", {"reason": "调离"})
    user.refresh_from_db()
    assert not user.is_active
    assert admin.post(f"/accounts/{user.pk}/reopen/", {"reason": "调回"}).status_code == 200


@pytest.mark.parametrize(
    "field", ["role", "is_active", "password", "must_change_password", "session_epoch", "created_at"]
)
def test_creating_an_account_ignores_fields_beyond_the_form(field: str) -> None:
    sent = {"username": "liumin", "name": "甄试一", field: "auditor"}
    signed_in_client(factories.administrator()).post("/accounts/new/", sent)
    user = User.objects.get(username="liumin")
    assert (user.role, user.is_active, user.must_change_password, user.session_epoch) == ("", True, True, 1)
    assert not user.has_usable_password()


def test_giving_a_city_role_without_a_city_shows_an_error() -> None:
    user = factories.officer()
    page = signed_in_client(factories.security_officer()).post(
        f"/grants/{user.pk}/", {"role": "city_lead", "reason": "x"}
    )
    assert page.status_code == 200 and "须选市州" in page.content.decode()


def test_a_locked_account_is_shown_and_can_be_unlocked() -> None:
    user, security = factories.officer(username="zhang"), signed_in_client(factories.security_officer())
    for _ in range(5):
        with pytest.raises(LoginRefused):
            check_login("zhang", "wrong")
    assert "锁定" in security.get("/grants/?q=zhang").content.decode()
    security.post(f"/grants/{user.pk}/unlock/")
    assert check_login("zhang", PASSWORD) == user


def test_a_tokens_secret_is_shown_once_to_its_owner() -> None:
    officer, security = factories.officer(), signed_in_client(factories.security_officer())
    sent = {"user": officer.pk, "label": "统计系统", "scope": "read", "days": "30", "networks": "10.43.0.0/16\n"}
    assert security.post("/tokens/new/", sent)["Location"] == "/tokens/"
    token, owner = Token.objects.get(), signed_in_client(officer)
    assert "待本人领取" in security.get("/tokens/").content.decode()
    assert f'href="/tokens/{token.pk}/"' in owner.get("/tokens/").content.decode()
    pages = [client.get(f"/tokens/{token.pk}/").content.decode() for client in (owner, security)]
    assert [(f"/tokens/{token.pk}/fetch/" in page, "吊销令牌" in page) for page in pages] == [
        (True, False),
        (False, True),
    ]
    secret = re.search(r"hnt_\w{8}_[\w-]{43}", owner.post(f"/tokens/{token.pk}/fetch/").content.decode())
    assert secret and tokens.find_usable_token(secret[0]) == token
    assert owner.post(f"/tokens/{token.pk}/fetch/").status_code == 409
    for client in (security, owner):
        for page in ("/tokens/", f"/tokens/{token.pk}/"):
            assert secret[0] not in client.get(page).content.decode()
    wrong = security.post("/tokens/new/", {**sent, "networks": "everywhere"}).content.decode()
    assert "10.1.2.0/24" in wrong and Token.objects.count() == 1


def test_users_see_only_the_tokens_that_act_for_them() -> None:
    mine, other = factories.officer(), factories.officer()
    factories.token(mine)
    foreign, _ = factories.token(other)
    page = signed_in_client(mine).get("/tokens/").content.decode()
    assert page.count("hnt_") == 1 and foreign.prefix not in page
    assert signed_in_client(mine).get(f"/tokens/{foreign.pk}/").status_code == 404


def test_the_auditor_filters_the_audit_log_and_the_reading_is_recorded() -> None:
    officer = factories.officer(name="贾试五")
    seq = record("return.accepted", by=officer, reason="<script>alert(1)</script>", after={"a": "<b>"}).seq
    record("session.opened", by=officer)
    client = signed_in_client(factories.auditor())
    page = client.get("/audit/?kind=return").content.decode()
    assert "核定月报" in page and f"/audit/{seq}/" in page and f"/audit/{seq + 1}/" not in page
    assert "<script>alert" not in page
    detail = client.get(f"/audit/{seq}/").content.decode()
    assert "&lt;b&gt;" in detail and "贾试五" in detail and "省厅经办" in detail
    read = Event.objects.filter(verb="audit.read").order_by("seq")
    assert [event.after for event in read] == [{"kind": "return"}, None]
    assert client.get("/audit/download/?result=ok&q=贾").status_code == 200
    assert read.values_list("after", flat=True)[2] == {"result": "ok", "q": "贾"}


def test_the_list_of_codes_offers_the_release_to_those_who_may() -> None:
    admin, officer = factories.administrator(), factories.security_officer()
    actions.replace_password_with_code(user=factories.lead(), by=admin, reason="忘记密码")
    code = PasswordLink.objects.get()
    User.objects.filter(pk=admin.pk).update(role=Role.SECURITY_OFFICER)
    button = f'formaction="/codes/{code.pk}/release/"'

    def page_of(user: User) -> str:
        return signed_in_client(User.objects.get(pk=user.pk)).get("/codes/").content.decode()

    assert button in page_of(officer) and 'id="row-form"' in page_of(officer)
    assert button not in page_of(admin) and "申请激活码的人不能自己放行" in page_of(admin)
    actions.release_second_code_half(link=code, by=officer)
    assert button not in page_of(officer) and "待本人设密码" in page_of(officer)


def test_an_audit_event_shows_changed_fields_by_their_page_labels() -> None:
    officer = factories.officer()
    given_to = {"role": "city_lead", "region": None, "is_active": True}
    record("role.given", by=officer, subject=officer, before={"role": ""}, after=given_to)
    row = {"4301960001/进料加工": {"export": "120.5", "reason": ""}}
    record("return.filled", by=officer, before={"4301960001/进料加工": None}, after=row)
    client = signed_in_client(factories.auditor())
    given, filled = (client.get(f"/audit/{event.seq}/").content.decode() for event in Event.objects.order_by("seq"))
    cells = r'<th scope="row"[^>]*>([^<]*)</th>\s*<td[^>]*>([^<]*)</td>\s*<td[^>]*>([^<]*)</td>'
    assert re.findall(cells, given + filled) == [
        ("启用", "—", "是"),
        ("所属市州", "—", "—"),
        ("角色", "—", "市州负责人"),
        ("4301960001/进料加工", "—", "出口：120.5，说明：空"),
    ]


def test_the_audit_page_shows_the_result_of_the_hash_chain_check(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    client = signed_in_client(factories.auditor())
    assert "记录链尚未核验" in client.get("/audit/").content.decode()
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does
    call_command("verify_audit", stdout=StringIO())
    page = client.get("/audit/").content.decode()
    assert Link.objects.latest("number").hash in page and re.search("记录链完整，共 1 条，[^ ]+ [0-9:]+ 核验", page)
    record("audit.verified", by=System(), result="failed", reason="第 5 条已被删除", after={"count": 4})
    assert "记录链不完整" in (page := client.get("/audit/").content.decode()) and "第 5 条已被删除" in page


@pytest.mark.parametrize("query", ["q=x", "q=" + "9" * 30, "q=%25", "page=99"])
def test_odd_search_texts_and_page_numbers_still_show_the_audit_page(query: str) -> None:
    record("return.accepted", by=factories.officer())
    assert signed_in_client(factories.auditor()).get(f"/audit/?{query}").status_code == 200


@pytest.mark.parametrize("query", ["at_after=x", "region=xx", "kind=nope", "kinds=return", "page=x"])
def test_unknown_or_invalid_audit_filters_are_refused(query: str) -> None:
    assert signed_in_client(factories.auditor()).get(f"/audit/?{query}").status_code == 400


def test_the_roles_page_shows_the_permissions_defined_in_code() -> None:
    page = signed_in_client(factories.reporter()).get("/roles/").content.decode()
    assert all(label in page for label in Role.labels)
    assert page.count("<td>可以</td>") == sum(len(grants) for grants in GRANTS.values())


def test_administrative_users_see_their_own_home_page() -> None:
    page = signed_in_client(factories.auditor()).get("/").content.decode()
    assert "审计记录" in page and "月报" not in page
    assert "尚未授权" in signed_in_client(factories.person()).get("/").content.decode()


def test_an_error_page_links_back_to_the_previous_page_only_within_the_portal() -> None:
    client = signed_in_client(factories.officer())
    asked = client.get("/returns/?x=1")
    assert asked.status_code == 400 and 'href="/returns/">去掉条件打开' in asked.content.decode()
    assert client.get("//evil.example/?x=1").content.decode().count("evil.example") == 0
    ways = {"http://testserver/returns/?year=2013": 'href="/returns/?year=2013">回到刚才的页面'}
    for came in ("http://evil.example/a/", "http://testserver//evil.example/", ""):
        ways[came] = ""
    for came, way in ways.items():
        told = client.post("/returns/review/accept/", {"pick": "1|0"}, headers={"Referer": came, "Host": "testserver"})
        page = told.content.decode()
        assert told.status_code == 409 and way in page and "evil" not in page and ("刚才的页面" in page) == bool(way)
