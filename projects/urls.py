"""URLs of the register of projects."""

from django.urls import path

from hunan_trade.lists.urls import list_urls
from projects import views_funnel
from projects.tables import PROJECTS

app_name = "projects"
urlpatterns = [path("funnel/", views_funnel.stage_funnel, name="funnel"), *list_urls(PROJECTS)]
