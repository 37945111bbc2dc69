"""URL patterns of monthly returns, their uploads and the review queue."""

from __future__ import annotations

from django.urls import path, register_converter

from hunan_trade.intake import views_board_and_exemptions, views_return, views_review, views_thresholds, views_upload
from hunan_trade.periods import Month


class CityConverter:
    """URL converter for a city's code: six digits that begin with 43."""

    regex = "43[0-9]{4}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class MonthConverter:
    """URL converter for a month, such as 2013-06."""

    regex = "20[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> Month:
        return Month.parse(value)

    def to_url(self, value: Month | str) -> str:
        return str(value)


register_converter(CityConverter, "city")
register_converter(MonthConverter, "month")

app_name = "intake"
urlpatterns = [
    path("", views_board_and_exemptions.returns_board, name="returns"),
    path("home/", views_board_and_exemptions.redirect_home, name="home"),
    path("review/", views_review.review_queue, name="review-queue"),
    path("review/accept/", views_review.accept_many, name="review-accept-many"),
    path("exemptions/<int:pk>/", views_board_and_exemptions.decide_exemption, name="exemption-decide"),
    path("thresholds/decide/", views_thresholds.threshold_decision_page, name="threshold-decide"),
    path("<city:region>/<month:month>/", views_return.monthly_return, name="return"),
    path("<city:region>/<month:month>/rows/", views_return.save_grid_rows, name="return-rows"),
    path("<city:region>/<month:month>/history/", views_return.show_history_of_record, name="return-history"),
    path("<city:region>/<month:month>/workbook/", views_return.download_workbook, name="return-workbook"),
    path("<city:region>/<month:month>/nil/", views_return.declare_nil, name="return-nil"),
    path("<city:region>/<month:month>/hand-up/", views_return.submit_to_city_lead, name="return-hand-up"),
    path("<city:region>/<month:month>/hand-back/", views_return.hand_back_to_reporter, name="return-hand-back"),
    path("<city:region>/<month:month>/sign/", views_return.sign, name="return-sign"),
    path("<city:region>/<month:month>/exemption/", views_return.ask_exemption, name="return-exemption"),
    path("<city:region>/<month:month>/rounds/", views_return.rounds, name="return-rounds"),
    path("<city:region>/<month:month>/rounds/<int:number>/", views_return.receipt, name="return-receipt"),
    path(
        "<city:region>/<month:month>/rounds/<int:number>/workbook/",
        views_return.download_round_workbook,
        name="round-workbook",
    ),
    path("<city:region>/<month:month>/upload/", views_upload.upload, name="return-upload"),
    path("<city:region>/<month:month>/uploads/<uuid:pk>/", views_upload.preview, name="upload-preview"),
    path("<city:region>/<month:month>/uploads/<uuid:pk>/confirm/", views_upload.confirm, name="upload-confirm"),
    path(
        "<city:region>/<month:month>/uploads/<uuid:pk>/annotated/",
        views_upload.download_annotated,
        name="upload-annotated",
    ),
    path("<city:region>/<month:month>/review/", views_review.review, name="review"),
    path("<city:region>/<month:month>/review/accept/", views_review.accept, name="review-accept"),
    path("<city:region>/<month:month>/review/give-back/", views_review.give_back, name="review-give-back"),
]
