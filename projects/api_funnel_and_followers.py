"""REST endpoints for the funnel of project stages and for the followers of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.lists.api.api_query import ApiQuery, checked_query, visible_record
from hunan_trade.lists.api.api_schema import ListSchema
from hunan_trade.lists.api.api_viewsets import with_etag
from hunan_trade.lists.declaration import Listing
from hunan_trade.lists.record_keys import key_url_pattern
from hunan_trade.web.access_decorators import requires
from hunan_trade.web.rest_problem_schemas import error_response_schemas
from hunan_trade.web.rest_write_parameters import refuse_unknown_parameters
from projects.choices import Stage
from projects.followers.models import ProjectFollower
from projects.funnel.funnel_query import FunnelQuery, group_names
from projects.funnel.stage_funnel import Funnel, Grouping, StageFigures, days_without_unit, percentage_without_sign
from projects.funnel.tables import group_name
from projects.models import Project
from projects.tables import PROJECTS


# --- The funnel -----------------------------------------------------------------------------------------------------
class StageFiguresSerializer(serializers.Serializer[StageFigures]):
    """Figures of one project stage in the API, such as the number of projects that reached it."""

    stage = serializers.ChoiceField(Stage.choices)
    reached = serializers.IntegerField(min_value=0, help_text="到达这一阶段的项目数")
    conversion = serializers.RegexField(
        "^[0-9]+[.][0-9]$", allow_null=True, help_text="占上一阶段的百分比，一位小数；上一阶段没有项目的为 null"
    )
    passed = serializers.IntegerField(min_value=0, help_text="已进下一阶段、两个日期都知道的项目数")
    median_days = serializers.RegexField(
        "^-?[0-9]+([.]5)?$", allow_null=True, help_text="到下一阶段用时的中位数，天；还没有的为 null"
    )
    standing = serializers.IntegerField(min_value=0, help_text="仍在这一阶段的项目数，终止、完成的不算")
    longest_days = serializers.IntegerField(allow_null=True, help_text="其中最长的，天；没有的为 null")

    def to_representation(self, figures: StageFigures) -> dict[str, Any]:
        return {
            "stage": figures.stage.value,
            "reached": figures.reached,
            "conversion": None if figures.conversion is None else percentage_without_sign(figures.conversion),
            "passed": figures.passed,
            "median_days": days_without_unit(figures.median_days),
            "standing": figures.standing,
            "longest_days": figures.longest_days,
        }


class FunnelGroupSerializer(serializers.Serializer[Funnel]):
    """API form of the figures of every project stage for one group of projects, such as those of a city."""

    code = serializers.CharField(allow_null=True, help_text="市州、行业大类或来源地的编码；没有填的为 null")
    name = serializers.CharField(help_text="名称，没有填的为“未填”")
    stages = StageFiguresSerializer(many=True)

    def to_representation(self, group: Funnel) -> dict[str, Any]:
        stages = [StageFiguresSerializer(figures).data for figures in group.stages]
        return {"code": group.code, "name": group_name(group, self.context["names"]), "stages": stages}


class FunnelSerializer(serializers.Serializer[Any]):
    """API form of the figures of every project stage, for all selected projects and for each group of them."""

    day = serializers.DateField(help_text="数到哪一天")
    by = serializers.ChoiceField(Grouping.choices, help_text="groups 按什么分")
    stages = StageFiguresSerializer(many=True, help_text="所选的全部项目，从意向到营运")
    groups = FunnelGroupSerializer(many=True, help_text="按编码的次序，没有填的在末尾")


@dataclass(frozen=True)
class ApiFunnelQuery(FunnelQuery, ApiQuery):
    """Query parameters of the API's funnel of project stages, the same as those of the funnel's page."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.grouping


def _stage_example(stage: Stage, reached: int, conversion: str | None, *days: Any) -> dict[str, Any]:
    passed, median, standing, longest = days
    return {
        "stage": stage.value,
        "reached": reached,
        "conversion": conversion,
        "passed": passed,
        "median_days": median,
        "standing": standing,
        "longest_days": longest,
    }


_STAGES_EXAMPLE = [
    _stage_example(Stage.INTENDED, 8, None, 6, "41.5", 2, 90),
    _stage_example(Stage.SIGNED, 6, "75.0", 3, "60", 2, 118),
    _stage_example(Stage.LANDED, 3, "50.0", 1, "150", 2, 64),
    _stage_example(Stage.PRODUCED, 1, "33.3", 0, None, 1, 12),
    _stage_example(Stage.OPERATING, 0, "0.0", 0, None, 0, None),
]
FUNNEL_EXAMPLE: dict[str, Any] = {
    "day": "2013-06-20",
    "by": "city",
    "stages": _STAGES_EXAMPLE,
    "groups": [{"code": "430100", "name": "长沙市", "stages": _STAGES_EXAMPLE}],
}


class FunnelSchema(ListSchema):
    """OpenAPI description of the funnel endpoint, which accepts the filters of the project list."""

    def get_operation_id(self) -> str:
        return "projects_funnel_retrieve"

    def get_override_parameters(self) -> list[Any]:
        as_of = [each for each in self._fields_and_as_of_parameters() if each.name == "as_of"]
        by = OpenApiParameter("by", str, enum=Grouping.values, description="groups 按什么分；不写的按市州")
        return [*self._filter_parameters(), *as_of, by]

    def get_response_serializers(self) -> Any:
        unchanged = OpenApiResponse(description="If-None-Match 所带的 ETag 仍然有效，内容没有变。")
        return {200: FunnelSerializer, 304: unchanged, **error_response_schemas(400, 401, 403)}

    def get_examples(self) -> list[Any]:
        return [OpenApiExample("长沙市的阶段漏斗", FUNNEL_EXAMPLE, response_only=True, status_codes=["200"])]


@requires(PROJECTS.see)
class ProjectFunnel(viewsets.GenericViewSet[Any]):
    """项目阶段漏斗。条件与名录相同，数与页面相同；市州只数本市州的。"""

    listing: Listing = PROJECTS
    queryset = Project.objects.all()
    serializer_class = FunnelSerializer
    filter_backends = ()
    pagination_class = None
    schema = FunnelSchema()

    def funnel(self, request: Request) -> HttpResponseBase:
        """各阶段到达、仍在的项目数，占上一阶段的比例，用时的中位数。"""
        asked = checked_query(ApiFunnelQuery, PROJECTS, cast(User, request.user), request._request.GET)
        query = cast(ApiFunnelQuery, asked)
        found, day = query.funnels(), query.day or clock.today()
        body = {"day": day, "by": query.grouping, "stages": found.total.stages, "groups": found.groups}
        answer = FunnelSerializer(body, context={"names": group_names(query.grouping)})
        return with_etag(request, Response(answer.data))


# --- Followers ------------------------------------------------------------------------------------------------------
class FollowerSerializer(serializers.Serializer[ProjectFollower]):
    """A person who follows a project."""

    name = serializers.CharField(source="user.name", help_text="姓名")
    followed_at = serializers.DateTimeField(help_text="何时起关注")


class FollowersSerializer(serializers.Serializer[Any]):
    """All people who follow a project, without paging."""

    results: Any = FollowerSerializer(many=True)


@requires(PROJECTS.see)
class ProjectFollowers(viewsets.GenericViewSet[Any]):
    """一个项目的关注人。关注和取消由本人在页面上办，令牌不能办。"""

    queryset = Project.objects.all()
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        operation_id="projects_followers_retrieve",
        responses={200: FollowersSerializer, **error_response_schemas(410)},
        description="一个项目的关注人，先关注的在前；停用的和不再能看到项目的不列。",
    )
    def followers(self, request: Request, pk: str) -> Response:
        refuse_unknown_parameters(request)
        project = visible_record(PROJECTS, cast(User, request.user), pk)
        found = project.followers.with_access().select_related("user")
        return Response(FollowersSerializer({"results": found}).data)


api_urls: list[URLPattern] = [
    path("projects/funnel/", ProjectFunnel.as_view({"get": "funnel"}), name="api-projects-funnel"),
    path(
        f"projects/{key_url_pattern(PROJECTS)}/followers/",
        ProjectFollowers.as_view({"get": "followers"}),
        name="api-projects-followers",
    ),
]
