"""Invented accounts of demo mode, which share one published password."""

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
    city: str = ""


_CITIES = (
    ("430100", "长沙", "changsha", "甄浏阳", "贾望城"),
    ("430200", "株洲", "zhuzhou", "甄醴陵", "贾攸宁"),
    ("430300", "湘潭", "xiangtan", "甄韶峰", "贾莲湘"),
    ("430400", "衡阳", "hengyang", "甄雁回", "贾蒸湘"),
    ("430500", "邵阳", "shaoyang", "甄资水", "贾崀山"),
    ("430600", "岳阳", "yueyang", "甄洞庭", "贾汨罗"),
    ("430700", "常德", "changde", "甄武陵", "贾桃源"),
    ("430800", "张家界", "zhangjiajie", "甄澧源", "贾天门"),
    ("430900", "益阳", "yiyang", "甄赫山", "贾南洲"),
    ("431000", "郴州", "chenzhou", "甄苏仙", "贾东江"),
    ("431100", "永州", "yongzhou", "甄潇源", "贾九嶷"),
    ("431200", "怀化", "huaihua", "甄舞水", "贾洪江"),
    ("431300", "娄底", "loudi", "甄涟源", "贾紫鹊"),
    ("433100", "湘西自治州", "xiangxi", "甄沱江", "贾吉首"),
)

ACCOUNTS = (
    DemoAccount("officer1", "甄岳麓", Role.PROVINCE_OFFICER),
    DemoAccount("officer2", "甄橘洲", Role.PROVINCE_OFFICER),
    DemoAccount("lead1", "贾湘江", Role.PROVINCE_LEAD),
    DemoAccount("lead2", "贾芙蓉", Role.PROVINCE_LEAD),
    DemoAccount("admin", "万事通", Role.ADMINISTRATOR),
    DemoAccount("security", "万无失", Role.SECURITY_OFFICER),
    DemoAccount("auditor", "万目清", Role.AUDITOR),
    *(
        account
        for code, city, word, reporter, lead in _CITIES
        for account in (
            DemoAccount(f"{word}-reporter", reporter, Role.CITY_REPORTER, code, city),
            DemoAccount(f"{word}-lead", lead, Role.CITY_LEAD, code, city),
        )
    ),
)
