"""URLs of the pages of work plans and of their drafts."""

from django.urls import path

from targets import views
from targets.drafting import views as drafting

app_name = "targets"
urlpatterns = [
    path("", views.home, name="home"),
    path("<int:year>/items/<int:number>/", views.item, name="item"),
    path("items/<int:pk>/lead/", views.assign_lead, name="lead-assign"),
    path("states/<int:pk>/", views.record_task_state, name="state-report"),
    path("milestones/<int:pk>/", views.record_milestone_reached, name="milestone-reach"),
    path("rosters/<int:pk>/", views.add_roster_names, name="roster-list"),
    path("<int:year>/versions/<int:version>/", views.plan_version, name="version"),
    path("<int:year>/dropped/", views.dropped_items, name="dropped"),
    path("versions/<int:pk>/amend/", drafting.amend_plan, name="amend"),
    path("drafts/new/", drafting.upload_document, name="draft-read"),
    path("drafts/<int:pk>/", drafting.draft, name="draft"),
    path("drafts/<int:pk>/head/", drafting.edit_head, name="draft-head"),
    path("drafts/<int:pk>/nodes/<int:node>/", drafting.edit_node, name="draft-node"),
    path("drafts/<int:pk>/nodes/<int:node>/split/", drafting.split_node, name="draft-split"),
    path("drafts/<int:pk>/nodes/<int:node>/join/", drafting.join_node_with_previous, name="draft-join"),
    path("drafts/<int:pk>/nodes/<int:node>/shift/", drafting.shift_level, name="draft-shift"),
    path("drafts/<int:pk>/continued/", drafting.save_continued_item_choices, name="draft-continued"),
    path("drafts/<int:pk>/publish/", drafting.publish, name="draft-publish"),
    path("drafts/<int:pk>/discard/", drafting.discard, name="draft-discard"),
]
