from django.urls import path

from enterprises import views

app_name = "enterprises"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("<str:code>/", views.detail, name="detail"),
]
