"""URLs of the pages about parks."""

from hunan_trade.lists.urls import list_urls
from parks.tables import PARKS

app_name = "parks"
urlpatterns = list_urls(PARKS)
