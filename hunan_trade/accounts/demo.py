"""The invented people of the demo. Pure data; they exist in demo mode only and share one published password."""

from __future__ import annotations

from dataclasses import dataclass

from hunan_trade.accounts.roles import Role

PASSWORD = "Xiangnan-2013!"


@dataclass(frozen=True)
class DemoAccount:
    username: str
    name: str
    role: Role
    region: str = ""  # code of the city


_CITIES = (
    ("430100", "changsha", "甄浏阳", "贾望城"),
    ("430200", "zhuzhou", "甄醴陵", "贾攸宁"),
    ("430300", "xiangtan", "甄韶峰", "贾莲湘"),
    ("430400", "hengyang", "甄雁回", "贾蒸湘"),
    ("430500", "shaoyang", "甄资水", "贾崀山"),
    ("430600", "yueyang", "甄洞庭", "贾汨罗"),
    ("430700", "changde", "甄武陵", "贾桃源"),
    ("430800", "zhangjiajie", "甄澧源", "贾天门"),
    ("430900", "yiyang", "甄赫山", "贾南洲"),
    ("431000", "chenzhou", "甄苏仙", "贾东江"),
    ("431100", "yongzhou", "甄潇源", "贾九嶷"),
    ("431200", "huaihua", "甄舞水", "贾洪江"),
    ("431300", "loudi", "甄涟源", "贾紫鹊"),
    ("433100", "xiangxi", "甄沱江", "贾吉首"),
)

ACCOUNTS = (
    DemoAccount("officer1", "甄岳麓", Role.PROVINCE_OFFICER),
    DemoAccount("officer2", "甄橘洲", Role.PROVINCE_OFFICER),
    DemoAccount("lead1", "贾湘江", Role.PROVINCE_LEAD),
    DemoAccount("lead2", "贾芙蓉", Role.PROVINCE_LEAD),
    *(DemoAccount(f"{word}-reporter", reporter, Role.CITY_REPORTER, code) for code, word, reporter, _ in _CITIES),
    *(DemoAccount(f"{word}-lead", lead, Role.CITY_LEAD, code) for code, word, _, lead in _CITIES),
    DemoAccount("admin", "万事通", Role.ADMINISTRATOR),
    DemoAccount("security", "万无失", Role.SECURITY_OFFICER),
    DemoAccount("auditor", "万目清", Role.AUDITOR),
)
