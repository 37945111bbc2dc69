"""URL patterns of the report pages."""

from django.urls import path, re_path

from reporting import views

app_name = "reporting"
urlpatterns = [
    path("prepare/", views.request_draft, name="report-prepare"),
    path("<int:pk>/", views.report, name="report"),
    path("<int:pk>/words/", views.edit_wording, name="report-edit-words"),
    path("<int:pk>/ask-review/", views.request_review, name="report-ask-review"),
    path("<int:pk>/review/", views.review, name="report-review"),
    path("<int:pk>/give-back/", views.give_back, name="report-give-back"),
    path("<int:pk>/issue/", views.issue, name="report-issue"),
    path("<int:pk>/void/", views.void, name="report-void"),
    re_path(r"^(?P<pk>\d{1,9})/files/(?P<format_>docx|pdf|xlsx|html)/$", views.download, name="report-download"),
]
