from django.urls import URLPattern, path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from audit.watching import views, views_letters, views_reports

urlpatterns: list[URLPattern] = [
    path("watching/", views.finding_list, name="watching"),
    path("watching/tick/", views.finding_tick, name="watching-tick"),
    path("watching/days/", views.examined_days, name="watching-days"),
    path("watching/thresholds/", views.threshold_list, name="watching-thresholds"),
    path("watching/letters/", views_letters.letter_list, name="watching-letters"),
    path("watching/letters/new/", views_letters.letter_new, name="watching-letter-new"),
    path("watching/letters/<uuid:public_id>/", views_letters.letter_page, name="watching-letter"),
    path("watching/letters/<uuid:public_id>/<slug:act>/", views_letters.letter_act, name="watching-letter-act"),
    path("watching/replies/<uuid:public_id>/", views_letters.letter_reply, name="watching-reply"),
    path("watching/papers/<uuid:public_id>/", views_letters.letter_paper, name="watching-paper"),
    path("watching/reports/", views_reports.report_list, name="watching-reports"),
    path("watching/reports/<uuid:public_id>/", views_reports.report_page, name="watching-report"),
    path("watching/reports/<uuid:public_id>/draft/", views_reports.report_draft, name="watching-report-draft"),
    path("watching/reports/signed/<uuid:public_id>/", views_reports.report_signed, name="watching-report-signed"),
    path("watching/<uuid:public_id>/", views.finding_page, name="finding"),
]

VIEW = Right(File.FINDINGS, Act.VIEW)
add_entry(
    Entry(
        "点検", "watching", VIEW, order=20, group="review",
        help="時間外や休日の利用、多数の照会、家族や近隣の照会など、所属長が確かめて判定する事項",
    )
)  # fmt: skip
add_entry(
    Entry(
        "点検した日", "watching-days", VIEW, order=22, group="review",
        help="アクセス記録のどの日を点検したか。点検していない日があれば、ここから点検する",
    )
)  # fmt: skip
add_entry(
    Entry(
        "長時間ログオンの照会", "watching-letters", VIEW, order=21, group="review",
        help="所属への照会書、回答された利用目的、督促と完結",
    )
)  # fmt: skip
add_entry(
    Entry(
        "点検の月次報告", "watching-reports", VIEW, order=24, group="review",
        help="所属と種類ごとの件数、点検の済み具合、12か月の推移。確認した報告はPDFで残る",
    )
)  # fmt: skip
add_entry(
    Entry(
        "点検の基準値", "watching-thresholds", VIEW, order=26, group="review",
        help="何時間、何件、何人から点検の対象とするか",
    )
)  # fmt: skip
