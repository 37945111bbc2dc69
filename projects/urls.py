"""URLs of the register of projects."""

from django.urls import path

from hunan_trade.lists.record_keys import key_url_pattern
from hunan_trade.lists.urls import list_urls
from projects.followers import views as followers
from projects.funnel import views as views_funnel
from projects.tables import PROJECTS

app_name = "projects"
urlpatterns = [
    path("funnel/", views_funnel.stage_funnel, name="funnel"),
    path(f"{key_url_pattern(PROJECTS)}/follow/", followers.follow, name="follow"),
    path(f"{key_url_pattern(PROJECTS)}/unfollow/", followers.unfollow, name="unfollow"),
    *list_urls(PROJECTS),
]
