"""URL patterns of the whole portal, pages and REST API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from hunan_trade.console import api_regions_and_schema
from hunan_trade.console.tables import LISTS as console_lists
from hunan_trade.indicators.api_observations import Observations
from hunan_trade.indicators.tables_source_and_exchange_rate import SOURCE_DECISIONS, YEAR_RATES
from hunan_trade.intake.api_review_rounds import ReturnContents
from hunan_trade.intake.tables import EXEMPTIONS, RETURNS, THRESHOLDS
from hunan_trade.lists.api.api_viewsets import list_api_urls
from hunan_trade.lists.declaration import declared
from hunan_trade.lists.downloads import download_views
from hunan_trade.lists.search.search_views import search_page
from hunan_trade.lists.urls import list_urls
from hunan_trade.web import health, robots
from projects.api_funnel_and_followers import api_urls as project_api_urls
from projects.batches import views_minimum_investment as views_batches
from projects.batches.tables import BATCH_MEMBERSHIPS, BATCH_THRESHOLDS, PROJECT_BATCHES
from projects.capital_increases.tables import PROJECT_INCREASES
from projects.closed_years import views as views_closed_years
from projects.closed_years.tables import YEAR_CLOSINGS
from projects.contact_log.tables import PROJECT_CONTACTS
from projects.counting import views_counting_event as views_counting
from projects.counting.tables_counting_decisions import COUNTING_DECISIONS
from projects.duplicates.tables import PROJECT_DUPLICATES
from projects.fortune_500.tables import FORTUNE_GROUPS
from projects.stages.tables import PROJECT_STAGES
from projects.terminations.tables import PROJECT_TERMINATIONS
from reporting.api_documents_and_files import ReportDocuments
from reporting.tables import REPORTS
from targets.tables_rosters_and_item_page import ROSTERS

handler400 = "hunan_trade.web.error_responses.bad_request"
handler403 = "hunan_trade.web.error_responses.permission_denied"
handler404 = "hunan_trade.web.error_responses.not_found"
handler500 = "hunan_trade.web.error_responses.server_error"

router = SimpleRouter()
router.register("regions", api_regions_and_schema.RegionViewSet, basename="api-region")
router.register("observations", Observations, basename="api-observation")
router.register("returns", ReturnContents, basename="api-return")
router.register("reports", ReportDocuments, basename="api-report")

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", robots.robots, name="robots"),
    path("api/v1/", include(router.urls)),
    *(path("api/v1/", include(list_api_urls(listing))) for listing in declared() if listing.parts.api),
    path("api/v1/", include(project_api_urls)),
    path("api/v1/schema/", api_regions_and_schema.SchemaView.as_view(), name="api-schema"),
    path("api/v1/status-dictionary/", api_regions_and_schema.StatusDictionary.as_view(), name="api-status-dictionary"),
    path("api/v1/docs/", api_regions_and_schema.api_documentation_page, name="api-docs"),
    path("search/", search_page, name="search"),
    path("downloads/", download_views.downloads_page, name="downloads"),
    path("downloads/<uuid:pk>/", download_views.download_file, name="download-file"),
    path("downloads/<uuid:pk>/progress/", download_views.download_progress, name="download-progress"),
    path("", include("hunan_trade.home.urls")),
    *(path(f"{listing.code}/", include((list_urls(listing), listing.code))) for listing in console_lists),
    path("", include("hunan_trade.console.urls")),
    path("plan/", include("targets.urls")),
    path("rosters/", include((list_urls(ROSTERS), ROSTERS.code))),
    path("returns/list/", include((list_urls(RETURNS), RETURNS.code))),
    path("returns/exemptions/", include((list_urls(EXEMPTIONS), EXEMPTIONS.code))),
    path("returns/thresholds/", include((list_urls(THRESHOLDS), THRESHOLDS.code))),
    path("returns/", include("hunan_trade.intake.urls")),
    path("reports/sources/", include((list_urls(SOURCE_DECISIONS), SOURCE_DECISIONS.code))),
    path("reports/rates/", include((list_urls(YEAR_RATES), YEAR_RATES.code))),
    path("reports/", include("hunan_trade.indicators.urls")),
    path("parks/", include("parks.urls")),
    path("enterprises/", include("enterprises.urls")),
    path("projects/counting/", include((list_urls(COUNTING_DECISIONS), COUNTING_DECISIONS.code))),
    path("projects/counting/decide/", views_counting.decide_counting_rule, name="counting-decide"),
    path("projects/closed-years/", include((list_urls(YEAR_CLOSINGS), YEAR_CLOSINGS.code))),
    path("projects/closed-years/decide/", views_closed_years.decide_year_closing, name="year-close"),
    path("projects/stages/", include((list_urls(PROJECT_STAGES), PROJECT_STAGES.code))),
    path("projects/increases/", include((list_urls(PROJECT_INCREASES), PROJECT_INCREASES.code))),
    path("projects/contacts/", include((list_urls(PROJECT_CONTACTS), PROJECT_CONTACTS.code))),
    path("projects/terminations/", include((list_urls(PROJECT_TERMINATIONS), PROJECT_TERMINATIONS.code))),
    path("projects/batches/memberships/", include((list_urls(BATCH_MEMBERSHIPS), BATCH_MEMBERSHIPS.code))),
    path("projects/batches/thresholds/", include((list_urls(BATCH_THRESHOLDS), BATCH_THRESHOLDS.code))),
    path("projects/batches/thresholds/decide/", views_batches.decide_batch_threshold, name="batch-threshold-decide"),
    path("projects/batches/", include((list_urls(PROJECT_BATCHES), PROJECT_BATCHES.code))),
    path("projects/duplicates/", include((list_urls(PROJECT_DUPLICATES), PROJECT_DUPLICATES.code))),
    path("projects/", include("projects.urls")),
    path("fortune/", include((list_urls(FORTUNE_GROUPS), FORTUNE_GROUPS.code))),
    path("events/", include("events.urls")),
    path("reports/", include((list_urls(REPORTS), REPORTS.code))),
    path("reports/", include("reporting.urls")),
]
