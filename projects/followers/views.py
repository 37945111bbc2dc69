"""Views with which the signed-in user follows a project or stops following it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hunan_trade.accounts.roles import Permission
from hunan_trade.web.access_decorators import get_visible, requires
from hunan_trade.web.request_type import PortalRequest
from projects.followers import actions
from projects.models import Project


@requires(Permission.SEE_FIGURES)
@require_POST
def follow(request: PortalRequest, pk: str) -> HttpResponse:
    """Make the signed-in user follow a project."""
    project = get_visible(Project.objects.all(), request.user, code=pk)
    actions.follow(project, by=request.user)
    messages.success(request, "已关注，首页列出它的提醒")
    return redirect("projects:detail", project.code)


@requires(Permission.SEE_FIGURES)
@require_POST
def unfollow(request: PortalRequest, pk: str) -> HttpResponse:
    """Make the signed-in user stop following a project."""
    project = get_visible(Project.objects.all(), request.user, code=pk)
    actions.unfollow(project, by=request.user)
    messages.success(request, "已取消关注")
    return redirect("projects:detail", project.code)
