"""URL of the page that lists the events."""

from events.tables import EVENTS
from hunan_trade.lists.urls import list_urls

app_name = "events"
urlpatterns = list_urls(EVENTS)
