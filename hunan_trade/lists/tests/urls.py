"""URL configuration for tests, with the portal's URLs and a list that exists in tests only."""

from __future__ import annotations

from django.urls import include, path

from hunan_trade import urls
from hunan_trade.lists.api.api_viewsets import list_api_urls
from hunan_trade.lists.tests.sample_firm_list import FIRMS
from hunan_trade.lists.tests.sample_workshop_models import WORKSHOPS
from hunan_trade.lists.urls import list_urls

handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
urlpatterns = [
    *urls.urlpatterns,
    path("firms/", include((list_urls(FIRMS), "firms"))),
    path("api/v1/", include(list_api_urls(FIRMS))),
    path("api/v1/", include(list_api_urls(WORKSHOPS))),
]
