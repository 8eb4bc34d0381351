from django.urls import URLPattern, URLResolver, include, path

from audit import views, views_log
from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<uuid:public_id>/", views.job_page, name="job"),
    path("jobs/<uuid:public_id>/issues/", views.job_issues, name="job-issues"),
    path("jobs/<uuid:public_id>/<slug:act>/", views.job_act, name="job-act"),
    path("access-log/", views_log.access_log, name="access-log"),
    path("access-log/row/", views_log.access_log_row, name="access-log-row"),
    path("access-log/person/", views_log.access_log_person, name="access-log-person"),
    path("access-log/print/", views_log.access_log_print, name="access-log-print"),
    path("access-log/persons/<uuid:public_id>/", views.seen, name="seen"),
    path("ledgers/", views.ledgers, name="ledgers"),
    path("notices/", views.notice_list, name="notices"),
]
# The parts of this room, an application each.
PARTS = (
    "identity",
    "screenlock",
    "authority",
    "watching",
    "roles",
    "personnel",
    "media",
    "registers",
    "decisions",
    "disclosure",
    "clients",
)
urlpatterns += [path("", include(f"audit.{part}.urls")) for part in PARTS]

add_entry(Entry("ホーム", "home", order=0))
add_entry(Entry("一括処理", "jobs", order=80))
add_entry(Entry("権限・記録・台帳", "ledgers", order=90))
add_entry(
    Entry(
        "アクセス記録", "access-log", Right(File.ACCESS_LOG, Act.VIEW), order=10, group="review",
        help="だれが、いつ、だれのどの項目を見たか、印刷したか、出力したか",
    )
)  # fmt: skip
