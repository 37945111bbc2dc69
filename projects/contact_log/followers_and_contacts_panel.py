"""Prepares the alerts, the followers and the last contacts of a project for the project's page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.safestring import SafeString

from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.lists.pages.embedded_record_tables import PageTable
from projects.alerts import alert_limits, alerts_of
from projects.contact_log.tables import ABOUT_CONTACT
from projects.models import Project
from projects.stages.stage_panel import StagePanel, moves_explained_in_panel, stage_panel

SHOWN_CONTACTS = 10
_CONTACTS = PageTable("联系记录", tuple(replace(column, sort=()) for column in ABOUT_CONTACT))


@dataclass(frozen=True)
class ProjectTop:
    """The top of a project's page: its alerts as sentences, its stages, and the names of its followers.

    `button` and `button_url` follow the project or stop it.
    """

    alerts: tuple[str, ...]
    stages: StagePanel
    followers: str
    button: str
    button_url: str


def project_top(user: User, project: Project) -> ProjectTop:
    """Return the alerts, stages and followers of a project for the top of its page."""
    today = clock.today()
    following = list(project.followers.with_access().select_related("user"))
    follows = any(each.user_id == user.pk for each in following)
    return ProjectTop(
        alerts=tuple(alert.sentence for alert in alerts_of(project, today, alert_limits(today))),
        stages=stage_panel(user, project),
        followers="、".join(each.user.name for each in following),
        button="取消关注" if follows else "关注",
        button_url=reverse(f"projects:{'unfollow' if follows else 'follow'}", args=[project.code]),
    )


def moves_explained_above(top: ProjectTop) -> Collection[str]:
    return moves_explained_in_panel(top.stages)


@dataclass(frozen=True)
class ContactPanel:
    """The last contacts of a project as an HTML table, and the URL of the full list, or "" if all are shown."""

    contacts: SafeString
    all_url: str


def contact_panel(user: User, project: Project) -> ContactPanel:
    """Return the last ten contacts with a project's investor as a table for the project's page."""
    contacts = list(
        project.contacts.select_related("entered_by", "voided_by").order_by("-contacted_on", "-pk")[
            : SHOWN_CONTACTS + 1
        ]
    )
    return ContactPanel(
        contacts=_CONTACTS.html(contacts[:SHOWN_CONTACTS], user=user),
        all_url=f"{reverse('project-contacts:home')}?q={project.code}" if len(contacts) > SHOWN_CONTACTS else "",
    )
