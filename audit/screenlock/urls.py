from django.urls import path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from audit.screenlock import views, views_drafts

urlpatterns = [
    path("lock/", views.lock_page, name="lock"),
    path("lock/now/", views.lock_now, name="lock-now"),
    path("lock/state/", views.lock_state, name="lock-state"),
    path("lock/options/", views.unlock_options, name="unlock-options"),
    path("lock/unlock/", views.unlock, name="unlock"),
    path("kept/", views.kept, name="kept"),
    path("kept/<uuid:public_id>/", views.kept_discard, name="kept-discard"),
    path("drafts/<slug:key>/", views_drafts.draft, name="draft"),
    path("drafts/<slug:key>/discard/", views_drafts.draft_discard, name="draft-discard"),
    path("sessions/", views.session_list, name="sessions"),
    path("sessions/all/", views.all_sessions, name="all-sessions"),
    path("sessions/others/end/", views.session_end_others, name="session-end-others"),
    path("sessions/<uuid:public_id>/end/", views.session_end, name="session-end"),
]

add_entry(Entry("ログイン中の画面", "sessions", order=40, group="mine", help="この利用者IDがどこでログインしているか"))
add_entry(
    Entry("ログイン中の職員", "all-sessions", Right(File.STAFF, Act.VIEW), order=40, group="staff",
          help="だれがどの端末でログインしているか。必要なときは終了させる")
)  # fmt: skip
