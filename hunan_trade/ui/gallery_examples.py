"""Invented example data for the gallery page, which shows every component in all its states."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from hunan_trade.ui.chart_data import Area, Chart, CityMap, Series
from hunan_trade.ui.component_data import (
    Board,
    BoardCell,
    BoardRow,
    Bullet,
    CellKind,
    Fact,
    FilterChip,
    HistoryEntry,
    JobProgress,
    LightKind,
    ListColumn,
    RangeStrip,
    Requirement,
    Stage,
    TargetCard,
    TodoItem,
    TrailStep,
)
from hunan_trade.web.conflict_detecting_forms import FieldConflict

D = Decimal
MONTHS = tuple(f"{month}月" for month in range(1, 13))


def _parse_months(text: str) -> tuple[Decimal | None, ...]:
    """Convert a text such as "5.4 4.7 -" into twelve numbers, with None for "-" and for omitted months."""
    values = [None if word == "-" else D(word) for word in text.split()]
    return tuple(values + [None] * (12 - len(values)))


class ProjectForm(forms.Form):
    due_on = forms.CharField(label="新的到期日", help_text="原定 2013-06-30，会保留在经过里。")
    paid_in = forms.CharField(label="到位资金（万美元）")
    city = forms.ChoiceField(label="承接地", choices=[("431000", "郴州市"), ("430400", "衡阳市")])
    kind = forms.ChoiceField(label="方式", widget=forms.RadioSelect, choices=[("new", "新引进"), ("more", "增资")])
    note = forms.CharField(label="说明", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    first_batch = forms.BooleanField(label="作为湘南第一批项目", required=False)
    workbook = forms.FileField(label="工作簿", required=False, help_text="只收 .xlsx，10 MB 以内")

    def clean_paid_in(self) -> str:
        raise forms.ValidationError("到位 1,320 高于合同 1,200。改数，或先登记增资。")


def _example_board() -> Board:
    def row(name: str, *kinds: CellKind) -> BoardRow:
        cells = [BoardCell(kind, "#" if kind != "none" else "") for kind in kinds]
        return BoardRow(name, tuple(cells + [BoardCell("none")] * (12 - len(cells))))

    return Board(
        (
            row("长沙", "acc", "acc", "acc", "acc", "acc", "acc"),
            row("衡阳", "acc", "acc", "late", "acc", "acc", "rev"),
            row("郴州", "acc", "acc", "acc", "acc", "acc", "back"),
            row("张家界", "acc", "nil", "nil", "acc", "late", "miss"),
            row("湘西自治州", "late", "late", "acc", "late", "acc", "open"),
        ),
        current=6,
    )


def _example_map() -> CityMap:
    def area(code: str, name: str, value: str | None, light: LightKind) -> Area:
        return Area(code, name, None if value is None else D(value), light, "#")

    return CityMap(
        key="map",
        finding="14个市州完成率，永州最高 42.4%，张家界最低 22.3%",
        unit="%",
        bounds=(D(25), D(30), D(35), D(40)),
        areas=(
            area("430100", "长沙", "38.7", "warn"),
            area("430200", "株洲", "35.3", "warn"),
            area("430300", "湘潭", "37.0", "warn"),
            area("430400", "衡阳", "42.2", "ok"),
            area("430500", "邵阳", "34.0", "warn"),
            area("430600", "岳阳", "34.3", "warn"),
            area("430700", "常德", "31.6", "bad"),
            area("430800", "张家界", "22.3", "bad"),
            area("430900", "益阳", "34.5", "warn"),
            area("431000", "郴州", "42.1", "ok"),
            area("431100", "永州", "42.4", "ok"),
            area("431200", "怀化", None, "off"),
            area("431300", "娄底", "24.1", "bad"),
            area("433100", "湘西自治州", "23.5", "bad"),
        ),
    )


def _example_charts() -> dict[str, Chart | CityMap]:
    return {
        "month_chart": Chart(
            key="by-month",
            kind="bars",
            finding="当月：5月 6.35，上年同月 4.22；余下 7 个月月均需 6.62 亿美元",
            unit="亿美元",
            caption="当月",
            labels=MONTHS,
            series=(
                Series("今年", "now", _parse_months("5.42 4.68 6.05 6.18 6.35")),
                Series("6月未核定", "unaccepted", _parse_months("- - - - - 5.97")),
                Series("上年", "last", _parse_months("4.02 3.31 4.20 4.18 4.22 4.23 4.18 4.16 4.31 4.26 4.42 4.51")),
                Series("余月月均需", "need", _parse_months("- - - - - 6.62 6.62 6.62 6.62 6.62 6.62 6.62")),
            ),
        ),
        "path_chart": Chart(
            key="to-date",
            kind="lines",
            finding="累计：今年 28.68，低于序时 31.25，高于上年同期 19.93 亿美元",
            unit="亿美元",
            caption="累计",
            labels=MONTHS,
            series=(
                Series("今年", "now", _parse_months("5.42 10.10 16.15 22.33 28.68")),
                Series("6月未核定", "unaccepted", _parse_months("- - - - 28.68 34.65")),
                Series(
                    "上年", "last", _parse_months("4.02 7.33 11.53 15.71 19.93 24.16 28.34 32.5 36.81 41.07 45.49 50")
                ),
                Series("目标", "path", _parse_months("6.25 12.5 18.75 25 31.25 37.5 43.75 50 56.25 62.5 68.75 75")),
                Series("预计", "projection", _parse_months("- - - - 28.68 34.8 40.8 46.8 53 59.1 65.5 72")),
                Series("预计低", "low", _parse_months("- - - - 28.68 34.5 40.2 45.9 51.8 57.6 63.7 69.8")),
                Series("预计高", "high", _parse_months("- - - - 28.68 35.1 41.4 47.7 54.2 60.6 67.2 74.1")),
            ),
        ),
        "history_chart": Chart(
            key="history",
            kind="bars",
            finding="前 12 个月在 677 到 1,094 之间，6月 7,135",
            unit="万美元",
            labels=(*MONTHS[6:], *MONTHS[:6]),
            series=(
                Series("当月", "now", _parse_months("684 715 756 792 837 890 921 953 1035 1077 1094")),
                Series("要核对", "suspect", _parse_months("- - - - - - - - - - - 7135")),
            ),
            places=0,
            height="low",
            figures=False,
        ),
        "slip_chart": Chart(
            key="slip",
            kind="steps",
            finding="3月 0 天，5月 15 天，6月 30 天，7月 45 天",
            unit="天",
            labels=("3月", "4月", "5月", "6月", "7月"),
            series=(Series("比原定晚", "now", tuple(map(D, (0, 0, 15, 30, 45)))),),
            places=0,
            height="low",
        ),
        "map_chart": _example_map(),
    }


def gallery_context() -> dict[str, object]:
    """Return the template context of the page that shows an example of every HTML component."""
    trade = Bullet("实际 28.68，序时 31.25，年底预计 72.0，目标 75 亿美元", D("28.68"), D(75), D("31.25"), D(72))
    return {
        "stages": [
            Stage("填报", "7月3日", "done"),
            Stage("退回", "7月5日", "stop"),
            Stage("修改", "余 2 天"),
            Stage("核定"),
        ],
        "project_stages": [Stage("意向", "2012-09-12", "done"), Stage("签约", "2013-03-18", "here"), Stage("落地")],
        "entries": [
            HistoryEntry("7月8日 08:52", "第2轮送省", "改 6 格，补说明 3 处", state="now"),
            HistoryEntry("7月4日 15:36", "退回", quote="E8 疑多录一位。", state="stop"),
            HistoryEntry("7月3日 16:05", "首次送省"),
        ],
        "links": [
            TrailStep("显示", "4.76 亿美元", text="，由 47,610 万美元换算，四舍五入"),
            TrailStep("观察值", lines=("第1版，6月7日 10:21 生效",), text="47,610 万美元", muted="上年同期 31,700"),
            TrailStep("月报", link="郴州市 5月月报", url="#", text="，第1轮核定"),
            TrailStep(
                "文件和单元格",
                link="郴州市-2013-05.xlsx",
                url="#",
                lines=("J4:J31 之和",),
                mono="SHA-256 5e1c09b7…d4f2a816",
            ),
        ],
        "demands": [
            Requirement("工商注册", True, "2013-04-22"),
            Requirement("首期到位资金不低于合同 25%，现 20.0%", aside="补凭证", url="#"),
            Requirement("省厅确认（前两项齐后）", aside="省厅经办"),
        ],
        "facts": [Fact("来源地", "广东"), Fact("合同", "6,200 万美元"), Fact("到位", "1,240 万美元", "20.0%", "#")],
        "todo": [
            TodoItem(
                "甲市 6月", "#", "首轮，异常 4 处", why="7月8日 08:31 送达，已等 1 小时", action="审核", action_url="#"
            ),
            TodoItem(
                "乙州 6月", "#", "未报，逾期 3 天", True, why="已催 2 次", action="催报", action_url="#", post=True
            ),
            TodoItem("第7条 第二批重大项目清单", "#", late="逾期 8 天", why="应 6月30日", light="bad", word="滞后"),
            TodoItem("第12条 标准厂房二季度数据", "#", why="7月31日到期，余 23 天", light="off"),
        ],
        "targets": [
            TargetCard(
                "加工贸易进出口额",
                "#",
                "warn",
                "偏慢，低 3.4 个百分点",
                "28.68",
                "亿美元，目标 75，完成 38.2%",
                trade,
                (
                    Fact("距序时", "−2.57", negative=True),
                    Fact("同比", "+43.9%"),
                    Fact("余月月均需", "6.62", "近3月 6.19"),
                    Fact("年底预计", "72.0", "69.8—74.1"),
                ),
            ),
            TargetCard(
                "引进世界500强企业",
                "#",
                "ok",
                "正常，高于序时",
                "1",
                "家，底线 2，力争 3",
                Bullet("实际 1 家，底线 2 家，力争 3 家", D(1), D(2), D("0.83"), D(2), D(3)),
                (Fact("距底线", "还差 1"), Fact("在谈", "2 家"), Fact("年底预计", "2", "1—3")),
            ),
            TargetCard(
                "衡阳综合保税区封关运行",
                "#",
                "bad",
                "滞后，慢 18 天",
                "115",
                "天，至 2013年10月31日",
                Bullet("建设完成 62%，计划 80%", D(62), D(100), D(80)),
                (
                    Fact("当前环节", "建设 3/5"),
                    Fact("建设进度", "62%", "计划 80%"),
                    Fact("慢于计划", "18 天", negative=True),
                ),
            ),
        ],
        "strips": [
            ("在范围内", RangeStrip("前12月 820 到 1,310，上月 1,064，本月 1,262", D(820), D(1310), D(1262), D(1064))),
            ("超出", RangeStrip("前12月 7.2 到 11.5，上月 9.86，本月 21.4", D("7.2"), D("11.5"), D("21.4"), D("9.86"))),
            ("降为零", RangeStrip("前12月 140 到 221，上月 188，本月 0", D(140), D(221), D(0), D(188))),
        ],
        "board": _example_board(),
        "jobs": [
            JobProgress(
                "导入 目标转移企业库.xlsx", "running", 1240, 3118, "1,240 / 3,118 行", "约剩 20 秒，可以离开。", "", "#"
            ),
            JobProgress("生成 上半年通报", "waiting", note="等 8 份月报核定"),
            JobProgress("导出 312 个项目", "done", result_url="#", result_text="下载 .xlsx"),
            JobProgress(
                "导入 客商.xlsx", "failed", note="12 处有错，一行未写入。", result_url="#", result_text="下载错误清单"
            ),
        ],
        "chips": [FilterChip("合同额 300 万美元以上", "#")],
        "columns": [
            ListColumn("编号", opt=True),
            ListColumn("项目"),
            ListColumn("合同", numeric=True, unit="万美元", sort_url="#", sort="descending"),
            ListColumn("同比%", numeric=True),
            ListColumn("进度"),
        ],
        "bulk_actions": [("指定联系人", "#"), ("导出所选", "#")],
        "form": ProjectForm(
            {"due_on": "2013-08-14", "paid_in": "1,320", "city": "431000", "kind": "new", "first_batch": "on"},
            auto_id="g_%s",
        ),
        "sides": [FieldConflict("进展", "围网在建", "围网已验收", "卡口在建")],
        "conflict_fields": [("值", "0", "548", "560")],
        "findings": [
            {
                "severity": "blocking",
                "cell": "E4",
                "anchor": "f-E4",
                "record": "样例电子甲",
                "message": "出口 6,640，5月 689，疑多录一位。",
            },
            {
                "severity": "explain",
                "cell": "E9",
                "anchor": "f-E9",
                "record": "样例通讯乙",
                "message": "5月 560，6月为 0。停产还是漏报？",
            },
            {
                "severity": "told",
                "cell": "K11",
                "anchor": "f-K11",
                "record": "样例材料丙",
                "message": "6月起新增来料业务。",
            },
        ],
        "crumbs": [("月报", "#"), ("2013年6月", "#"), ("岳阳市", "")],
        **_example_charts(),
    }
