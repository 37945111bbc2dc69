"""URLs of the register of projects."""

from hunan_trade.lists.urls import list_urls
from projects.tables import PROJECTS

app_name = "projects"
urlpatterns = list_urls(PROJECTS)
