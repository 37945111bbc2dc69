"""The portal's first address."""

from django.urls import path

from hunan_trade.desk import views

app_name = "desk"
urlpatterns = [path("", views.home, name="home")]
