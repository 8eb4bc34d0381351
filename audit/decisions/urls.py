from django.urls import URLPattern, path

from audit.decisions import views, views_routes
from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right

urlpatterns: list[URLPattern] = [
    path("decisions/", views.ledger, name="decisions"),
    path("decisions/decide/", views.decide_many, name="decisions-decide"),
    path("decisions/gather/", views.gather, name="decisions-gather"),
    path("decisions/batches/<uuid:public_id>/", views.batch_page, name="decision-batch"),
    path("decisions/batches/<uuid:public_id>/sheet/", views.batch_sheet, name="decision-batch-sheet"),
    path("decisions/routes/", views_routes.route_list, name="decision-routes"),
    path("decisions/routes/new/", views_routes.route_new, name="decision-route-new"),
    path("decisions/routes/<uuid:public_id>/", views_routes.route_page, name="decision-route"),
    path("decisions/<uuid:public_id>/", views.decision_page, name="decision"),
    path("decisions/<uuid:public_id>/sheet/", views.decision_sheet, name="decision-sheet"),
    path("decisions/<uuid:public_id>/<slug:act>/", views.decision_act, name="decision-act"),
]

add_entry(
    Entry(
        "決裁", "decisions", order=10, group="requests",
        help="決裁待ちの伺書、自分の起案、差戻し、後閲。まとめて決裁することもできる",
    )
)  # fmt: skip
add_entry(
    Entry(
        "決裁経路", "decision-routes", Right(File.DECISIONS, Act.VIEW), order=15, group="requests",
        help="種類と金額（専決）ごとの、合議・決裁の順と代決する人",
    )
)  # fmt: skip
