from django.urls import path

from targets import views

app_name = "targets"
urlpatterns = [
    path("", views.home, name="home"),
    path("<int:year>/items/<int:number>/", views.item, name="item"),
    path("items/<int:pk>/lead/", views.assign_lead, name="lead-assign"),
    path("states/<int:pk>/", views.report_state, name="state-report"),
    path("milestones/<int:pk>/", views.reach_milestone, name="milestone-reach"),
    path("rosters/<int:pk>/", views.list_entries, name="roster-list"),
]
