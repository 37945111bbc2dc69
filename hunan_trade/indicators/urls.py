"""URL patterns of the pages for deciding on published sources and exchange rates."""

from __future__ import annotations

from django.urls import path

from hunan_trade.indicators import views_source_and_exchange_rate

app_name = "indicators"
urlpatterns = [
    path("sources/decide/", views_source_and_exchange_rate.published_source_decision, name="source-decide"),
    path("rates/decide/", views_source_and_exchange_rate.exchange_rate_decision, name="rate-decide"),
]
