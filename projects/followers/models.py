"""Table of the users who follow projects."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hunan_trade.accounts.models import User
from hunan_trade.accounts.region_scope import RegionScopedQuerySet
from hunan_trade.accounts.roles import CITY_ROLES, PROVINCE_ROLES


class ProjectFollowerQuerySet(RegionScopedQuerySet["ProjectFollower"]):
    region_field = "project__city"

    def with_access(self) -> ProjectFollowerQuerySet:
        """Filter to active followers who may still see the project: provincial users, and users of its city."""
        of_city = Q(user__role__in=CITY_ROLES, user__region=F("project__city"))
        return self.filter(of_city | Q(user__role__in=PROVINCE_ROLES), user__is_active=True)


class ProjectFollower(models.Model):
    """A user who follows a project, with the time when the user began to follow it.

    Unfollowing deletes the row; the audit log records both.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="followers", verbose_name="项目")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="关注人")
    followed_at = models.DateTimeField("关注时间")

    objects = ProjectFollowerQuerySet.as_manager()

    class Meta:
        verbose_name = "项目关注"
        ordering = ["followed_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="project_followed_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.project_id}"
