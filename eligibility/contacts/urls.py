from django.urls import path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from eligibility.contacts import views

urlpatterns = [
    path("persons/<uuid:public_id>/talks/new/", views.talk_new, name="talk-new"),
    path("persons/<uuid:public_id>/notes/new/", views.note_new, name="note-new"),
    path("persons/<uuid:public_id>/holds/new/", views.hold_new, name="hold-new"),
    path("persons/<uuid:public_id>/remarks/", views.remarks, name="remarks"),
    path("talks/", views.talk_list, name="talks"),
    path("talks/<uuid:public_id>/", views.talk_page, name="talk"),
    path("talks/<uuid:public_id>/close/", views.talk_close, name="talk-close"),
    path("notes/<uuid:public_id>/end/", views.note_end, name="note-end"),
    path("holds/<uuid:public_id>/release/", views.hold_release, name="hold-release"),
    path("mailing/", views.mailing_list, name="mailing"),
    path("mailing/<uuid:public_id>/", views.mailing_confirm, name="mailing-confirm"),
    path("accounts/<uuid:public_id>/", views.account_show, name="account"),
]

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
add_entry(Entry("応対の予定", "talks", VIEW, order=10, group="eligibility", help="次回予定日と引継ぎのある応対"))
add_entry(
    Entry("送付先の確認", "mailing", VIEW, order=66, group="eligibility", help="2人目の職員の確認を待っている送付先")
)
