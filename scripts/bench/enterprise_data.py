"""Creates enterprises, and workbooks of enterprises to import, for the benchmarks of lists."""

from __future__ import annotations

import io
from random import Random

import xlsxwriter
from django.db import connection

from enterprises.models import Enterprise, Mode
from hunan_trade.lists.pages.column_choices import store_column_choice
from hunan_trade.regions.models import Region
from scripts.bench import benchmark_data

TABLE = Enterprise._meta.db_table
CHOSEN_COLUMNS = ("name", "customs_code", "region", "modes", "registered_at", "closed_on")
# Names of a city, three random characters and a trade resemble each other about as much as those of real companies.
CHARACTERS = (
    "华兴达利源丰盛泰恒信德隆昌瑞祥安康富强顺通宏伟远大明光辉耀金银玉宝珠海天龙凤飞腾云山江河湖川林森木竹梅兰"
    "春夏秋新建设立成创业发展进步先锋正道和平友谊长城中原东南西北方圆国际联合众诚仁义礼智勇美佳优良精工巧匠科"
)
TRADES = ("电子", "服饰", "鞋业", "光电", "机械", "箱包", "陶瓷", "食品", "材料", "玩具", "家具", "线缆")


def create_enterprises(count: int) -> None:
    """Create enterprises with one month of trade, and store which columns an officer sees in the enterprise list.

    A twentieth of the enterprises is closed.
    """
    store_column_choice(CHOSEN_COLUMNS, listing="enterprises", by=benchmark_data.province_officer())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (customs_code, name, region_id, modes, registered_at, closed_on)"
            " SELECT left(city, 4) || lpad(n::text, 6, '0'), name, city, ARRAY[%s], now() - n * interval '1 minute',"
            " CASE WHEN n %% 20 = 0 THEN date '2013-01-01' END"
            " FROM unnest(%s) WITH ORDINALITY named (name, n), LATERAL (SELECT (%s)[1 + n %% 14]) of (city)",
            [Mode.PURCHASED.value, _company_names(count, seed=1), _city_codes()],
        )
    benchmark_data.create_accepted_returns(benchmark_data.MONTH, benchmark_data.MONTH)
    benchmark_data.insert_trade_rows()


def add_nine_copies_of_enterprises() -> None:
    """Add nine copies of each enterprise under other customs codes, each with trade rows.

    They have neither search text and order of name of their own nor history, which take minutes for a million and which
    no page of the list in its own order reads.
    """
    copied = "name, region_id, modes, registered_at, closed_on, search_text, name_order, changed_xid"
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # foreign keys are right, and millions of checks slow
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(f"ALTER TABLE {TABLE} ALTER search_text DROP EXPRESSION, ALTER name_order DROP EXPRESSION")
        cursor.execute("DROP INDEX enterprise_search")
        cursor.execute(
            f"INSERT INTO {TABLE} (customs_code, {copied})"
            f" SELECT left(customs_code, 4) || chr(64 + copy::integer) || right(customs_code, 5), {copied}"
            f" FROM {TABLE}, generate_series(1, 9) copy"
        )
    benchmark_data.insert_trade_rows()


def workbook_of_enterprises(rows: int) -> bytes:
    """Return an Excel workbook of new enterprises to import, every tenth named like a registered enterprise."""
    registered = Enterprise.objects.order_by("pk").values_list("name", flat=True)[: rows // 10]
    names = _company_names(rows, seed=2)
    names[::10] = registered
    cities = list(Region.objects.cities())
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    sheet = book.add_worksheet("企业")
    sheet.write_row(0, 0, ("海关编码", "企业名称", "市州", "贸易方式"))
    for at, name in enumerate(names, start=1):
        city = cities[at % len(cities)]
        sheet.write_row(at, 0, (f"{city.code[:4]}Z{at:05}", name, city.name, Mode.PURCHASED.label))
    book.close()
    return stream.getvalue()


def _company_names(count: int, *, seed: int) -> list[str]:
    random, cities = Random(seed), [city.short_name for city in Region.objects.cities()]
    return [
        f"{random.choice(cities)}{''.join(random.choices(CHARACTERS, k=3))}{random.choice(TRADES)}有限公司"
        for _ in range(count)
    ]


def _city_codes() -> list[str]:
    return list(Region.objects.cities().values_list("code", flat=True))
