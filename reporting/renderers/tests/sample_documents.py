"""Builds invented documents for the tests of the renderers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from reporting.document_parts import (
    Annex,
    Chart,
    Document,
    Figure,
    Head,
    Heading,
    Imprint,
    Paragraph,
    Run,
    Signature,
    Table,
)

CITIES = (
    "长沙",
    "株洲",
    "湘潭",
    "衡阳",
    "邵阳",
    "岳阳",
    "常德",
    "张家界",
    "益阳",
    "郴州",
    "永州",
    "怀化",
    "娄底",
    "湘西自治州",
)
HEADER = (
    "序号",
    "市州",
    "年度目标",
    "当月",
    "当月同比",
    "累计",
    "累计同比",
    "完成年度目标",
    "与序时进度差",
    "占全省",
    "总量排名",
    "增幅排名",
    "完成率排名",
)


def figure(number: str, sign: str = "") -> Figure:
    """Build a figure printed as `number` followed by `sign`."""
    return Figure(number + sign, f"demo.{number}", Decimal(number.replace(",", "")))


def runs_of(*parts: str) -> tuple[Run, ...]:
    """Return text runs for a sentence such as "实现|28.68|亿美元", where bars enclose a figure."""
    runs: list[Run] = []
    for text in parts:
        for place, piece in enumerate(text.split("|")):
            if place % 2 == 0:
                runs.append(piece)
            else:
                runs.append(figure(piece.rstrip("%"), "%" if piece.endswith("%") else ""))
    return tuple(run for run in runs if run != "")


def city_table(caption: str, seed: int) -> Table:
    def row(place: int, name: str, number: str) -> tuple[Run, ...]:
        total = 900 + (place * 7919 * seed) % 46000
        growth = Decimal((place * 389 * seed) % 780 - 150) / 10
        done = Decimal((place * 211 * seed) % 260 + 220) / 10
        rank = (place * 5) % 14 + 1
        return (
            number,
            name,
            figure(f"{total * 3:,}"),
            figure(f"{total // 5:,}"),
            figure(f"{growth + 2:.1f}"),
            figure(f"{total:,}"),
            figure(f"{growth:.1f}"),
            figure(f"{done:.1f}"),
            figure(f"{done - Decimal('41.7'):.1f}"),
            figure(f"{Decimal(total) / 2868:.1f}"),
            *(
                (figure(str(rank)), figure(str((rank * 3) % 14 + 1)), figure(str((rank * 5) % 14 + 1)))
                if number
                else ("—", "—", "—")
            ),
        )

    rows = [row(30, "全省合计", ""), row(31, "其中：湘南三市", "")]
    rows += [row(place, name, str(place)) for place, name in enumerate(CITIES, start=1)]
    return Table(
        caption=caption,
        unit="单位：万美元、%、百分点",
        header=HEADER,
        rows=tuple(rows),
        summary_rows=(0, 1),
        notes=("注：1.演示数据，不代表真实统计。", "2.序时进度按5/12计；“—”为不参加排名。"),
        charts=(Chart("累计", 5), Chart("累计同比", 6)),
    )


def sample_bulletin(*, mark: str = "演示数据", issued: bool = True) -> Document:
    """Build a bulletin with two pages of text and two wide annex tables."""
    trade = "2013年1-5月各市州加工贸易进出口情况表"
    moved = "2013年1-5月各市州承接产业转移项目情况表"
    return Document(
        head=Head(
            issuer="湖南省商务厅",
            title="关于2013年1-5月全省承接产业转移和加工贸易情况的通报",
            addressees="各市州商务(招商、经济合作)局：",
            issue="2013年第5期",
            document_number="湘商示〔2013〕5号" if issued else "湘商□□〔2013〕　号",
        ),
        blocks=(
            Paragraph(
                runs_of(
                    "1-5月，演示口径下全省加工贸易增长较快，承接产业转移总体平稳，两项指标均低于序时进度。现将有关情况通报如下："
                )
            ),
            Heading("一、总体情况"),
            Paragraph(
                runs_of(
                    "1-5月，全省加工贸易进出口实现|28.68|亿美元，同比增长|43.9%|，完成年度目标任务的|38.2%|，低于序时进度|3.4|个百分点。",
                    "其中出口|17.62|亿美元、进口|11.06|亿美元。5月当月|6.35|亿美元，同比增长|50.5%|，环比增长|2.8%|。",
                    "加工贸易占全省进出口总额的|33.1%|，比上年同期提高|2.5|个百分点。",
                )
            ),
            Paragraph(
                runs_of(
                    "全省承接产业转移项目|1126|个，同比增长|12.4%|，完成年度目标任务的|37.5%|，低于序时进度|4.2|个百分点；",
                    "实际到位资金|412.60|亿元，同比增长|18.9%|。",
                )
            ),
            Heading("二、各市州情况"),
            Heading("（一）加工贸易", level=2),
            Paragraph(
                runs_of(
                    "进出口总量居前五位的是长沙（|9.46|亿美元）、郴州（|4.76|亿美元）、衡阳（|4.39|亿美元）、岳阳（|2.37|亿美元）、",
                    "永州（|1.95|亿美元），合计占全省的|79.9%|。增幅居前三位的是衡阳（|60.1%|）、郴州（|50.2%|）、永州（|50.0%|）。",
                    "完成率居后三位的是张家界（|22.3%|）、湘西自治州（|23.5%|）、娄底（|24.1%|）。",
                    "负增长的有张家界（下降|14.7%|）、湘西自治州（下降|7.8%|）。",
                )
            ),
            Paragraph(runs_of("湘南三市合计|11.10|亿美元，同比增长|53.9%|，占全省的|38.7%|，郴州由第三位升至第二位。")),
            Heading("（二）承接产业转移", level=2),
            Paragraph(
                runs_of(
                    "项目个数居前三位的是长沙（|168|个）、衡阳（|143|个）、郴州（|137|个）。到位资金增幅高于全省平均水平的有",
                    "|6|个市州，低于序时进度的有|9|个市州。",
                )
            ),
            Heading("三、月报报送情况"),
            Paragraph(
                runs_of(
                    "5月月报应报14个市州，按时报送|12|个。未按时报送的有常德、张家界。退回修改后重报的有邵阳、娄底。"
                )
            ),
            Heading("四、下一步工作要求"),
            Paragraph(
                runs_of(
                    "余下7个月全省加工贸易进出口月均要达到|6.62|亿美元。低于序时进度的市州要逐户排查重点企业，列出增量清单，",
                    "6月20日前书面报送。",
                ),
                lead=("（一）紧盯全年目标。",),
            ),
            Paragraph(
                runs_of(
                    "标准厂房在建项目要按月更新进度，竣工一栋、登记一栋；已签约项目超过6个月没有开工的，要说明原因和开工日期。"
                ),
                lead=("（二）推动项目落地。",),
            ),
            Paragraph(
                runs_of(
                    "月报数据由分管负责人签发后报送，与海关、外汇口径不一致的要附说明；连续两个月迟报的，在全省范围内通报。"
                ),
                lead=("（三）提高报送质量。",),
            ),
        ),
        annexes=(Annex(trade, (city_table(trade, 3),)), Annex(moved, (city_table(moved, 11),))),
        signature=Signature("湖南省商务厅", date(2013, 6, 14) if issued else None),
        remarks=("此件公开发布",),
        imprint=Imprint(
            "湖南省商务厅办公室", date(2013, 6, 14) if issued else None, copied_to="省政府办公厅，省统计局，长沙海关"
        ),
        mark=mark,
    )


HOSTILE_TEXTS = (
    "{{7*7}}",
    "{% debug %}",
    "<w:p/>",
    "<script>alert(1)</script>",
    "&<>&amp;",
    "#set page(fill: red)",
    "$x^2$",
    "*粗*_斜_`码`",
    "=1+1",
    "@注 // 释 /* */ \\u{41}",
    "长" * 10_000,
    "a" * 10_000,
)


def document_of_hostile_text() -> Document:
    """Return a document with HTML, XML and other markup in all its texts."""
    nasty = "".join(HOSTILE_TEXTS[:-2])
    table = Table(
        nasty,
        nasty,
        ("序号", "=1+1"),
        (("1", "=cmd|' /C calc'!A0"), (Figure(nasty, nasty), nasty), ("", "%s")),
        (nasty,),
    )
    return Document(
        Head(nasty, nasty, nasty, nasty, nasty),
        (Heading(nasty), *(Paragraph((text,), lead=(nasty,)) for text in HOSTILE_TEXTS), table),
        annexes=(Annex(nasty, (table,)), Annex("另一附件", (Paragraph((nasty,)),))),
        signature=Signature(nasty, date(2013, 6, 8)),
        remarks=(nasty,),
        imprint=Imprint(nasty, None, nasty),
        mark=nasty,
    )


def document_of_plain_text(characters: int = 1500) -> Document:
    """Build a document of one long Chinese paragraph, whose second page has only full lines."""
    text = "全省加工贸易进出口保持平稳增长各市州围绕年度目标任务抓好项目落地和企业服务工作"
    return Document(
        head=Head("湖南省商务厅", "关于版面样张的通报", "各市州商务局", "2013年第0期", "湘商示〔2013〕1号"),
        blocks=(Paragraph(((text * (characters // len(text) + 1))[:characters],)),),
        signature=Signature("湖南省商务厅", date(2013, 6, 8)),
    )


def document_of_one_table(rows: int) -> Document:
    """Build a document with nothing but a table of so many rows."""
    table = Table("分市州情况", "万美元", ("市州", "累计"), tuple((city, "1") for city in CITIES[:rows]))
    return Document(
        Head("湖南省商务厅", "关于表格样张的通报", "各市州商务局", "2013年第0期", "湘商示〔2013〕1号"), (table,)
    )
