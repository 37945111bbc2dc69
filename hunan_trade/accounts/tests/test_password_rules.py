"""Tests which new passwords are accepted, and the messages for refused passwords."""

from __future__ import annotations

import pytest

from hunan_trade.accounts import demo_accounts, password_rules

PERSON = {"username": "chenzhou-liumin", "name": "甄试一", "phone": "0735-2880123"}
GOOD = [
    "Qingfeng-4711",
    "qingfeng-4711",
    "QINGFENG-4711",
    "Qingfeng4711",
    "岳麓山下2013xue",
    "岳麓山下有亭Ting",
    "  Blank at both 1 ",
    "Aa1" + "x" * 125,
    "湘" * 126 + "a1",
    "Tr0ub4dor&3x",
    "correct horse 9 Battery",
    "3.14159265Pi",
    "٣٤٥Zx-arabic",
    "Xiangnan-2013!",
    "密码Pass不常见77",
    "ümlaut-ÄÖÜ-9",
    "emoji😀Ab12345",
    "Zhegu Tian 1076",
    "liu-X-min-20a",
]
BAD = {
    "": "至少",
    "Ab1-": "至少",
    "Qing-4711": "至少",
    "湘江水Ab1": "至少",
    "Aa1" + "x" * 254: "最多",
    "qingfengmingyue": "三种",
    "QINGFENGMINGYUE": "三种",
    "98172635401": "三种",
    "qingfeng471122": "三种",
    "QINGFENG471122": "三种",
    "QingFengMingYue": "三种",
    "岳麓山下红枫如火二月花开": "三种",
    "----------": "三种",
    "Chenzhou-9911": "用户名",
    "x9-LIUMIN-xx": "用户名",
    "Ａchenzhou99!": "用户名",
    "Abc甄试一12345": "姓名",
    "Tel-07352880123": "电话",
    "Zz-52880123-z": "电话",
    "Hunan-99-sheng": "本单位",
    "ting湖南Ab1234": "本单位",
    "Shangwu#20134": "本单位",
    "商务Abcd12345": "本单位",
    "Commerce-2013": "本单位",
    "Woaini1314!": "常见",
    "WOAINI-1314520": "常见",
    "Qwerty123456!": "常见",
    "1qaz@WSX3edc": "常见",
    "Zxcvbnm@123": "常见",
    "Password2013!": "常见",
    "P-assword-2013": "常见",
    "Admin@123456": "常见",
    "Zhongguo@1949": "常见",
    "Beijing-2008!": "常见",
    "Mima-12345678": "常见",
    "Abc@12345678": "常见",
    "Iloveyou-520!": "常见",
    "Changsha#4301": "常见",
    "!!QWE123!!asd": "常见",
    "Sunshine_2013": "常见",
    "a-B-1-c-D-2-e": "常见",
}


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_is_accepted(password: str) -> None:
    assert password_rules.password_faults(password, **PERSON) == []


@pytest.mark.parametrize(("password", "reason"), BAD.items())
def test_a_bad_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    assert any(reason in fault for fault in password_rules.password_faults(password, **PERSON))


def test_all_faults_of_a_password_are_returned_at_once() -> None:
    assert len(password_rules.password_faults("liumin", **PERSON)) == 3


def test_the_lists_of_common_passwords_are_loaded() -> None:
    assert len(password_rules._common_passwords()) > 19_000 and len(password_rules._common_words()) > 200


def test_the_demo_password_follows_the_rules_for_every_demo_account() -> None:
    for account in demo_accounts.ACCOUNTS:
        assert (
            password_rules.password_faults(demo_accounts.PASSWORD, username=account.username, name=account.name) == []
        )
