from django.urls import path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from eligibility.counter import views, views_closing, views_places

urlpatterns = [
    path("persons/<uuid:public_id>/acts/", views.act_menu, name="person-acts"),
    path("persons/<uuid:public_id>/acts/<slug:key>/", views.act_page, name="person-act"),
    path("persons/<uuid:public_id>/closing/", views_closing.closing_page, name="closing"),
    path("persons/<uuid:public_id>/closing/print/", views_closing.closing_print, name="closing-print"),
    path("receptions/", views.reception_list, name="receptions"),
    path("receptions/<uuid:public_id>/", views.reception_page, name="reception"),
    path("receptions/<uuid:public_id>/receipt/", views.reception_receipt, name="reception-receipt"),
    path("notifications/<uuid:public_id>/", views.notification_page, name="notification"),
    path("notifications/<uuid:public_id>/withdraw/", views.notification_withdraw, name="notification-withdraw"),
    path("facilities/", views_places.facility_list, name="facilities"),
    path("facilities/new/", views_places.facility_new, name="facility-new"),
    path("facilities/<uuid:public_id>/", views_places.facility_page, name="facility"),
    path("facilities/<uuid:public_id>/edit/", views_places.facility_edit, name="facility-edit"),
    path("placements/due/", views_places.due_list, name="placements-due"),
    path("placements/<uuid:public_id>/confirm/", views_places.placement_confirm, name="placement-confirm"),
    path("placements/<uuid:public_id>/slip/", views_places.placement_slip, name="placement-slip"),
]

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
add_entry(Entry("受付", "receptions", VIEW, order=15))
add_entry(
    Entry("施設", "facilities", VIEW, order=60, group="eligibility", help="住所地特例・適用除外の対象になる施設の台帳")
)
add_entry(
    Entry("施設入所の確認", "placements-due", VIEW, order=61, group="eligibility",
          help="適用除外・住所地特例の人が今も入所しているかの確認")
)  # fmt: skip
