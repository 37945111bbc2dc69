"""Factories of plans, users and signed-in clients for tests."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from hunan_trade import clock
from hunan_trade.accounts import sessions
from hunan_trade.accounts.models import User
from hunan_trade.accounts.roles import CITY_ROLES, Role
from hunan_trade.audit.actions import System
from hunan_trade.regions import actions_load_reference_tables as regions
from targets import actions
from targets.models import WorkPlan

SETUP = System("初始化")


def load_regions_and_plan() -> WorkPlan:
    """Load the regions and the plan of 2013, and return the plan."""
    regions.load_regions()
    return actions.load_plan_2013(by=SETUP)


def create_user(role: str = Role.PROVINCE_OFFICER, city: str = "431000") -> User:
    """Create a user with a role; city roles get the region `city`. Regions must be loaded."""
    region = city if role in CITY_ROLES else None
    return User.objects.create(
        username=f"{role}-{region}",
        name="测试员",
        role=role,
        region_id=region,
        must_change_password=False,
        password_changed_at=clock.real_now(),
    )


def signed_in_client(role: str = Role.PROVINCE_OFFICER) -> Client:
    """Create a user with the role and return a client signed in as that user."""
    client = Client()
    session = client.session
    sessions.sign_in(session, create_user(role), ip=None, browser="test")
    assert session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client
