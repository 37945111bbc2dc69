"""URL pattern of the home page, the portal's first address."""

from django.urls import path

from hunan_trade.home import views

app_name = "home"
urlpatterns = [path("", views.home, name="home")]
