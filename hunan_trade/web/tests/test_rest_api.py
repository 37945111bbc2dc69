"""Tests of the REST API's base: tokens, access rules, errors, query parameters, pages and JSON."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from hunan_trade import clock
from hunan_trade.accounts import actions
from hunan_trade.accounts.models import Token, User
from hunan_trade.accounts.roles import Permission
from hunan_trade.accounts.tests import factories
from hunan_trade.audit.models import Event
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.regions.models import Region
from hunan_trade.urls import urlpatterns as portal_urls
from hunan_trade.web.access_decorators import Access, access_of, public, requires
from hunan_trade.web.rest_json_parser import strict_json
from hunan_trade.web.rest_viewsets import ReadOnlyViewSet
from hunan_trade.workflow import MoveRefused

pytestmark = pytest.mark.django_db
REGIONS = "/api/v1/regions/"


class RowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=3)
    export_usd = serializers.DecimalField(max_digits=10, decimal_places=2)


class BodySerializer(serializers.Serializer[Any]):
    rows = RowSerializer(many=True)


@requires(Permission.SEE_FIGURES)
class ThingViewSet(viewsets.GenericViewSet[Region]):
    queryset = Region.objects.all()
    serializer_class = BodySerializer

    def list(self, request: Request) -> Response:
        return Response({})

    @requires(Permission.FILL_RETURN)
    def create(self, request: Request) -> Response:
        body = BodySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({}, status=201)

    @requires(Permission.SIGN_RETURN)
    @action(methods=["post"], detail=False)
    def sign(self, request: Request) -> Response:
        return Response({})

    @action(methods=["post"], detail=False)
    def move(self, request: Request) -> Response:
        raise MoveRefused("“待审核”时不能签发")


class ViewSetWithoutAccess(viewsets.ViewSet):
    def list(self, request: Request) -> Response:
        return Response({})


@requires(Permission.SEE_FIGURES)
class RegionsByLevel(ReadOnlyViewSet):
    reference = True
    queryset = Region.objects.all()
    serializer_class = serializers.ModelSerializer
    ordering = ("-level", "name")

    def get_serializer(self, rows: Any, many: bool = False, **more: Any) -> Any:
        return type("Codes", (), {"data": [row.code for row in rows]})


router = SimpleRouter()
router.register("things", ThingViewSet, basename="things")
router.register("undecided", ViewSetWithoutAccess, basename="undecided")
router.register("by-level", RegionsByLevel, basename="by-level")
urlpatterns = [path("api/v1/", include(router.urls)), *portal_urls]
with_test_urls = pytest.mark.urls("hunan_trade.web.tests.test_rest_api")


@pytest.fixture
def reporter() -> User:
    return factories.reporter()


def token_client(user: User, scope: str = Token.Scope.READ) -> Client:
    return Client(headers=factories.bearer_headers(user, scope))


# --- Who calls ------------------------------------------------------------------------------------------------------
def test_a_token_reads_only_what_its_user_may_read(reporter: User) -> None:
    assert token_client(reporter).get(REGIONS).status_code == 200
    assert token_client(factories.auditor()).get(REGIONS).status_code == 403


def test_a_token_does_not_open_web_pages(reporter: User) -> None:
    assert token_client(reporter).get("/roles/").status_code == 302
    assert token_client(factories.security_officer()).get("/tokens/").status_code == 302


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer hnt_12345678_nothing", "Basic YTpi", "Token x", "Bearer \u0394", "hnt_x"]
)
def test_an_invalid_authorization_header_gets_a_401_asking_for_a_token(header: str) -> None:
    answer = Client().get(REGIONS, headers={"Authorization": header})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == 'Bearer realm="portal"'


@pytest.mark.parametrize("way", ["page", "action", "account", "expiry", "network"])
def test_a_revoked_or_expired_token_is_refused_at_the_next_request(reporter: User, way: str) -> None:
    token, secret = factories.token(reporter)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get(REGIONS).status_code == 200
    if way == "page":
        keeper = Client()
        keeper.force_login(factories.security_officer())
        keeper.post(f"/tokens/{token.pk}/revoke/")
    elif way == "action":
        actions.revoke_token(token=token, by=factories.security_officer())
    elif way == "account":
        actions.close_account(user=reporter, by=factories.administrator(), reason="调离")
    elif way == "expiry":
        Token.objects.filter(pk=token.pk).update(expires_at=clock.real_now() - timedelta(seconds=1))
    else:
        Token.objects.filter(pk=token.pk).update(networks=["10.0.0.0/8"])
    assert client.get(REGIONS).status_code == 401


def test_a_tokens_last_use_is_recorded(reporter: User) -> None:
    token_client(reporter).get(REGIONS)
    used = Token.objects.get().last_used_at
    assert used is not None and clock.real_now() - used < timedelta(minutes=1)


@with_test_urls
def test_a_session_needs_the_csrf_token_to_write(reporter: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reporter)
    answer = client.post("/api/v1/things/", {"rows": []}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


# --- What the call may do -------------------------------------------------------------------------------------------
@with_test_urls
@pytest.mark.parametrize(
    ("scope", "address", "status"),
    [
        ("read", "/api/v1/things/", 403),
        ("submit", "/api/v1/things/", 201),
        ("submit", "/api/v1/things/sign/", 403),
        ("submit", "/api/v1/things/move/", 403),
    ],
)
def test_a_submit_token_may_fill_in_returns_but_not_sign(scope: str, address: str, status: int) -> None:
    actor = factories.lead() if "sign" in address else factories.reporter()
    assert token_client(actor, scope).post(address, {"rows": []}, content_type="application/json").status_code == status


@with_test_urls
def test_a_viewset_action_follows_its_own_access_rule(reporter: User) -> None:
    client = Client()
    client.force_login(reporter)
    assert client.post("/api/v1/things/sign/").status_code == 403
    client.force_login(factories.lead())
    assert client.post("/api/v1/things/sign/").status_code == 200
    assert client.post("/api/v1/things/", {"rows": []}, content_type="application/json").status_code == 403
    assert Event.objects.filter(verb="access.denied").count() == 2


@with_test_urls
def test_a_view_without_an_access_rule_admits_nobody(reporter: User) -> None:
    assert token_client(reporter).get("/api/v1/undecided/").status_code == 403
    assert access_of(ViewSetWithoutAccess.as_view({"get": "list"})) is None


def test_access_rules_are_found_on_functions_and_classes() -> None:
    @public("a test")
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert access_of(view) == Access(public="a test")
    assert access_of(ThingViewSet.as_view({"get": "list"})) == Access((Permission.SEE_FIGURES,))
    with pytest.raises(ValueError):
        requires()
    with pytest.raises(ValueError):
        public("")


# --- Refusals -------------------------------------------------------------------------------------------------------
@with_test_urls
def test_every_validation_error_names_its_field_and_a_remedy(reporter: User) -> None:
    rows = [{"name": "甲", "export_usd": "1.00"}, {"name": "甲乙丙丁", "export_usd": "1.001"}, {}]
    client = Client()
    client.force_login(reporter)
    answer = client.post("/api/v1/things/", {"rows": rows}, content_type="application/json")
    told = answer.json()
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert [fault["field"] for fault in told["errors"]] == [
        "rows.1.name",
        "rows.1.export_usd",
        "rows.2.name",
        "rows.2.export_usd",
    ]
    assert all(fault["detail"] and fault["remedy"] for fault in told["errors"])
    assert told["instance"] == f"urn:uuid:{answer['X-Request-ID']}"


@with_test_urls
def test_a_refused_move_gets_a_409_with_the_reason(reporter: User) -> None:
    client = Client()
    client.force_login(reporter)
    answer = client.post("/api/v1/things/move/")
    assert (answer.status_code, answer.json()["detail"]) == (409, "“待审核”时不能签发")


def test_unknown_api_addresses_and_methods_get_problem_json(reporter: User) -> None:
    for address, status in (("/api/v1/nothing/", 404), (REGIONS + "nobody/", 404)):
        answer = token_client(reporter).get(address)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    for answer, status, word in (
        (token_client(reporter).delete(REGIONS), 405, "接口说明"),
        (token_client(reporter).get(REGIONS, headers={"Accept": "text/csv"}), 406, "只给 JSON"),
    ):
        assert answer.status_code == status and word in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "user__password__startswith=a",
        "parent__parent=430000",
        "_connector=OR",
        "ordering=-user__password",
        "depth=9",
        "level__in=city",
        "code__regex=4.*",
        "page=2",
        "limit=9",
        "format=xml",
        "levl=city",
        "level=nowhere",
        "page_size=0",
        "page_size=201",
        "page_size=-1",
        "page_size=٣",
        "page_size=1e2",
        "cursor=x",
        "cursor=WyJhIiwiYiJd",
        "cursor=eyJhIjoxfQ",
        "cursor=WyJcdTAwMDAiXQ",
        "cursor=WyJcdWQ4MDAiXQ",  # half a character
        "cursor=" + "W" * 3000,
    ],
)
def test_undeclared_or_invalid_query_parameters_are_refused(reporter: User, query: str) -> None:
    answer = token_client(reporter).get(f"{REGIONS}?{query}")
    assert answer.status_code in {400, 404} and answer["Content-Type"] == "application/problem+json"


# --- Pages ----------------------------------------------------------------------------------------------------------
def all_pages(client: Client, address: str) -> list[Any]:
    found: list[Any] = []
    while address:
        page = client.get(address).json()
        found += page["results"]
        address = page["next"]
    return found


def test_keyset_pages_show_every_row_once_even_while_rows_are_added(reporter: User) -> None:
    regions.load_regions()
    client = token_client(reporter)
    first = client.get(f"{REGIONS}?page_size=50").json()
    Region.objects.create(code="430001", name="新区", short_name="新区", level="functional", parent_id="430000")
    rest = all_pages(client, first["next"])
    codes = [row["code"] for row in first["results"] + rest]
    assert len(codes) == len(set(codes)) == 137 and codes == sorted(codes)


@with_test_urls
def test_keyset_pages_follow_a_mixed_ascending_and_descending_order(reporter: User) -> None:
    regions.load_regions()
    expected = list(Region.objects.order_by("-level", "name", "code").values_list("code", flat=True))
    assert all_pages(token_client(reporter), "/api/v1/by-level/?page_size=7") == expected


# --- Bodies ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nul",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e400",
        b"[1e-400]",
        b"1" * 41,
        b"0." + b"1" * 60,
        b"[" * 21 + b"]" * 21,
        b"[" * 100_000,
        b'{"a":' * 30 + b"1" + b"}" * 30,
        b'"\\u0000"',
        b'{"a\\u0000": 1}',
        b'"\x00"',
        b'["\\ud800"]',
        b'{"\\udfff": 1}',
        b'"\xff"',
        '{"a": "é"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 2}',
        b"{'a': 1}",
        b"[1,]",
        b"\xef\xbb\xbf[1]",
    ],
)
def test_malformed_or_unstorable_json_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        strict_json(body)


def test_strict_json_keeps_numbers_exact_and_text_as_sent() -> None:
    assert strict_json(b'{"a": 0.1, "b": 12, "c": "\\u6e58[[[\\"{{{"}') == {
        "a": Decimal("0.1"),
        "b": 12,
        "c": '湘[[["{{{',
    }
    assert isinstance(strict_json(b"0.1"), Decimal)


@with_test_urls
@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json; charset=bz2_codec", b"BZh91AY&SY", 415),
        ("application/json; charset=utf-7", b"[]", 415),
        ("application/json", b'"' + b"x" * 2_500_001 + b'"', 413),
        ("application/xml", b"<a/>", 415),
        ("application/x-www-form-urlencoded", b"a=1", 415),
        ("application/json; charset=UTF-8", b'{"rows": []}', 201),
    ],
)
def test_only_utf8_json_within_the_size_limit_is_accepted(reporter: User, kind: str, body: bytes, status: int) -> None:
    client = Client()
    client.force_login(reporter)
    assert client.generic("POST", "/api/v1/things/", body, content_type=kind).status_code == status


# --- What describes it ----------------------------------------------------------------------------------------------
def test_the_api_schema_and_docs_need_a_login(reporter: User) -> None:
    for address in ("/api/v1/schema/?format=json", "/api/v1/docs/"):
        assert Client().get(address).status_code == 401
        client = Client()
        client.force_login(reporter)
        answer = client.get(address)
        assert answer.status_code == 200 and REGIONS in answer.content.decode()
