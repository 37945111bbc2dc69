"""A work plan read from its document, mended on its page and published: what may be done, by whom, and what is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import Role
from hunan_trade.regions import actions as regions
from targets.drafting import actions
from targets.drafting.models import PlanDraft
from targets.models import WorkPlan
from targets.tests.factories import signed_in, user

pytestmark = pytest.mark.django_db
DOCUMENTS = Path(__file__).parent / "reading"
PLAN = """某市商务局关于印发2014年加工贸易工作要点的通知
各县市区商务局：
现将《2014年加工贸易工作要点》印发给你们，请认真贯彻落实。
某市商务局
2014年2月10日
2014年加工贸易工作要点
一、工作目标
1、加工贸易目标。全市加工贸易进出口额达到75亿美元，增长50%。
2、承接产业转移目标。全年承接产业转移项目300个以上。
二、主要任务
3、推进重大项目。6月底前推进第一批12个重大项目开工。培育5家以上出口企业。
4、加强督促检查。各县市区10月份报送自查情况。
"""


def draft_of(text: str = PLAN, by: User | None = None) -> PlanDraft:
    return actions.read_document(data=text.encode(), name="要点.txt", by=by or user())


def upload(client: Client, data: bytes, name: str = "要点.txt"):
    return client.post("/plan/drafts/new/", {"file": SimpleUploadedFile(name, data)})


def test_a_document_becomes_a_proposal_and_the_proposal_a_plan() -> None:
    regions.load()
    client = signed_in(Role.PROVINCE_OFFICER)
    answer = upload(client, PLAN.encode())
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert re.search("条目 4，数量 [0-9]+，时限 2", page), re.findall("条目 .{9}", page)
    assert "75亿美元" in page
    draft = PlanDraft.objects.get()
    answer = client.post(f"/plan/drafts/{draft.pk}/publish/", {"version": draft.version})
    assert answer.status_code == 302
    plan = WorkPlan.objects.get()
    assert (plan.year, plan.version, plan.items.count(), plan.sections.count()) == (2014, 1, 4, 2)
    assert client.get(answer["Location"]).status_code == 200
    assert "已发布为" in client.get(f"/plan/drafts/{draft.pk}/").content.decode()
    assert "第3条" not in client.get("/plan/2014/versions/1/").content.decode()
