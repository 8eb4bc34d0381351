from django.urls import URLPattern, path

from audit.navigation import Entry, add_entry
from audit.registers import queries, views, views_pages

urlpatterns: list[URLPattern] = [
    path("registers/", views.overview, name="registers"),
    path("registers/files/<uuid:public_id>/", views.attachment, name="register-file"),
    path("registers/self-checks/<uuid:public_id>/answers/", views_pages.answers, name="self-check-answers"),
    path("registers/trainings/<uuid:public_id>/people/", views_pages.attendance, name="training-attendance"),
    path("registers/sub-contracts/<uuid:public_id>/", views_pages.sub_contract, name="sub-contract"),
    path("registers/<slug:key>/", views.register_list, name="register"),
    path("registers/<slug:key>/list.csv", views.register_csv, name="register-csv"),
    path("registers/<slug:key>/new/", views.entry_new, name="register-new"),
    path("registers/<slug:key>/<uuid:public_id>/", views.entry, name="register-entry"),
    path("registers/<slug:key>/<uuid:public_id>/edit/", views.entry_edit, name="register-edit"),
    path("registers/<slug:key>/<uuid:public_id>/paper.pdf", views.entry_pdf, name="register-pdf"),
    path("registers/<slug:key>/<uuid:public_id>/add/<slug:act>/", views.line_new, name="register-line-new"),
    path("registers/<slug:key>/<uuid:public_id>/<slug:act>/", views.entry_act, name="register-act"),
    path("registers/<slug:key>/lines/<uuid:public_id>/<slug:act>/", views.line_edit, name="register-line"),
]

add_entry(
    Entry(
        "個人情報保護の台帳", "registers", queries.VIEW, order=10, group="ledgers",
        help="漏えい等事案、委託先、自己点検、監査、研修、問合せ・苦情の受付票",
    )
)  # fmt: skip
