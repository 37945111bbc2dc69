"""URLs of the pages about enterprises."""

from enterprises.tables import ENTERPRISES
from hunan_trade.lists.urls import list_urls

app_name = "enterprises"
urlpatterns = list_urls(ENTERPRISES)
