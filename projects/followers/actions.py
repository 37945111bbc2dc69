"""Lets users follow projects, and stop following them."""

from __future__ import annotations

from django.db import transaction

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import record
from projects.followers.models import ProjectFollower
from projects.models import Project


@transaction.atomic
def follow(project: Project, *, by: User) -> None:
    """Make a user follow a project that the user may see; do nothing if the user already follows the project."""
    _, is_new = ProjectFollower.objects.get_or_create(project=project, user=by, defaults={"followed_at": clock.now()})
    if is_new:
        record("project.followed", by=by, subject=project, region=project.city_id)


@transaction.atomic
def unfollow(project: Project, *, by: User) -> None:
    """Make a user stop following a project; do nothing if the user does not follow the project."""
    gone, _ = ProjectFollower.objects.filter(project=project, user=by).delete()
    if gone:
        record("project.unfollowed", by=by, subject=project, region=project.city_id)
