"""URL pattern of the home page at /."""

from django.urls import path

from hunan_trade.home import views

app_name = "home"
urlpatterns = [path("", views.home, name="home")]
