"""URLs of the pages about enterprises."""

from django.urls import path

from enterprises import views
from enterprises.tables import ENTERPRISES
from hunan_trade.lists.urls import list_urls

app_name = "enterprises"
urlpatterns = [
    *list_urls(ENTERPRISES),
    path("register/", views.register, name="register"),
    path("<str:code>/", views.detail, name="detail"),
]
