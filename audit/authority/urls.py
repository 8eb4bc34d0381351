from django.urls import path

from audit.authority import views
from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right

urlpatterns = [
    path("cross-office/", views.readings, name="cross-office"),
    path("cross-office/new/", views.reading_new, name="cross-office-new"),
    path("cross-office/<uuid:public_id>/<slug:act>/", views.reading_act, name="cross-office-act"),
    path("emergency/", views.emergency, name="emergency"),
    path("emergency/<uuid:public_id>/end/", views.emergency_end, name="emergency-end"),
    path("substitutions/", views.substitutions, name="substitutions"),
    path("substitutions/<uuid:public_id>/end/", views.substitution_end, name="substitution-end"),
]

READERS = (Right(File.ELIGIBILITY, Act.VIEW), Right(File.FINDINGS, Act.VIEW))
add_entry(
    Entry("他所属の照会", "cross-office", rights=READERS, order=10, group="requests",
          help="担当外の区の住民を、理由を記録して一人だけ照会する")
)  # fmt: skip
add_entry(
    Entry("緊急アクセス", "emergency", rights=READERS, order=20, group="requests",
          help="災害など急を要するとき、短い時間だけ担当外の区を照会する。所属長にすぐ知らされる")
)  # fmt: skip
add_entry(Entry("代理", "substitutions", order=30, group="staff", help="休暇などの間、別の職員に役割を任せる"))
