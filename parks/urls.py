from django.urls import path

from parks import views

app_name = "parks"
urlpatterns = [path("", views.home, name="home")]
