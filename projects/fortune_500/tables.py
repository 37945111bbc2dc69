"""Declares the list of the groups on the yearly Fortune 500 lists."""

from __future__ import annotations

from django.urls import reverse

from hunan_trade.accounts.roles import Permission
from hunan_trade.lists import column_kinds
from hunan_trade.lists.columns import field
from hunan_trade.lists.declaration import Action, Editing, FieldGroup, Importing, Listing
from projects.filters import FortuneGroupFilter
from projects.fortune_500.actions import save_fortune_groups
from projects.models import FortuneGroup

_FIELDS = ("year", "rank", "name", "other_names", "source", "note")
FORTUNE_GROUPS = Listing(
    code="fortune",
    title="世界500强名单",
    noun="家",
    see=Permission.SEE_FIGURES,
    rows=lambda: FortuneGroup.objects.select_related("source"),
    columns=(
        field(FortuneGroup, "year", kind=column_kinds.YEAR, aliases=("年份", "榜单年度")),
        field(FortuneGroup, "rank", aliases=("排名", "名次", "排行")),
        field(
            FortuneGroup,
            "name",
            sort=("name_order",),
            aliases=("集团名称", "公司名称", "企业名称", "名称", "公司", "中文名称"),
            link=lambda group: reverse("fortune:detail", args=[group.pk]),
        ),
        field(FortuneGroup, "other_names", aliases=("英文名称", "外文名称", "简称", "别名", "曾用名")),
        field(FortuneGroup, "source", aliases=("国家", "国家地区", "总部所在地", "国别")),
        field(FortuneGroup, "note", aliases=("备注",)),
    ),
    filters=FortuneGroupFilter,
    ordering=("-year", "rank", "name_order"),
    reads=(FortuneGroup, "regions_change"),
    search=("name", "other_names"),
    actions=(
        Action("登记集团", "fortune:new", Permission.MAINTAIN_REGISTERS),
        Action("导入名单", "fortune:import", Permission.MAINTAIN_REGISTERS),
        Action("计数规则", "counting-decisions:home", Permission.SEE_FIGURES),
        Action("重大转移项目库", "projects:home", Permission.SEE_FIGURES),
    ),
    editing=Editing(
        Permission.MAINTAIN_REGISTERS,
        save_fortune_groups,
        (FieldGroup("集团", _FIELDS),),
        reason_for=frozenset({"year", "name", "other_names"}),
        bulk=("source", "note"),
    ),
    importing=Importing(_FIELDS, keys=(("year", "name"),)),
    about="按项目计入当年的名单判定，一家集团只计一次",
    footnote="名单一改，有投资方集团的项目当即重新判定；写其他名称的项目也认作这家集团。",
    empty=("还没有载入名单", "导入一年的名单后，这一年的世界500强按项目库判定；没有名单的年度暂不计。"),
)
