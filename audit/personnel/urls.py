from django.urls import URLPattern, path

from audit.navigation import Entry, add_entry
from audit.personnel import views_contractors, views_import, views_requests, views_reviews, views_staff
from audit.personnel.queries import ENTER, VIEW

urlpatterns: list[URLPattern] = [
    path("personnel/imports/", views_import.import_list, name="personnel-imports"),
    path("personnel/imports/new/", views_import.import_new, name="personnel-import-new"),
    path("personnel/imports/<uuid:public_id>/", views_import.import_page, name="personnel-import"),
    path("personnel/imports/<uuid:public_id>/<slug:act>/", views_import.import_act, name="personnel-import-act"),
    path("personnel/orders/<uuid:public_id>/<slug:act>/", views_import.order_act, name="personnel-order-act"),
    path("personnel/new-ids/", views_import.new_ids, name="personnel-new-ids"),
    path("personnel/new-ids/letters/", views_import.new_id_letters, name="personnel-new-id-letters"),
    path("personnel/requests/", views_requests.request_list, name="personnel-requests"),
    path("personnel/requests/new/", views_requests.request_new, name="personnel-request-new"),
    path("personnel/requests/<uuid:public_id>/", views_requests.request_page, name="personnel-request"),
    path("personnel/requests/<uuid:public_id>/amend/", views_requests.request_amend, name="personnel-request-amend"),
    path("personnel/requests/<uuid:public_id>/pledge/", views_requests.pledge_paper, name="personnel-pledge-paper"),
    path("personnel/pledges/<uuid:public_id>/scan/", views_requests.pledge_scan, name="personnel-pledge-scan"),
    path("personnel/pledges/<uuid:public_id>/void/", views_requests.pledge_void, name="personnel-pledge-void"),
    path("personnel/reviews/", views_reviews.review_list, name="personnel-reviews"),
    path("personnel/reviews/new/", views_reviews.review_new, name="personnel-review-new"),
    path("personnel/reviews/<uuid:public_id>/", views_reviews.review_page, name="personnel-review"),
    path("personnel/reviews/<uuid:public_id>/hand-in/", views_reviews.review_hand_in, name="personnel-review-hand-in"),
    path("personnel/reviews/<uuid:public_id>/paper/", views_reviews.review_paper, name="personnel-review-paper"),
    path(
        "personnel/reviews/<uuid:public_id>/decide/<slug:act>/", views_reviews.review_act, name="personnel-review-act"
    ),
    path("personnel/permissions/", views_contractors.permission_list, name="personnel-permissions"),
    path("personnel/permissions/new/", views_contractors.permission_new, name="personnel-permission-new"),
    path("personnel/permissions/<uuid:public_id>/", views_contractors.permission_page, name="personnel-permission"),
    path(
        "personnel/permissions/<uuid:public_id>/revoke/",
        views_contractors.permission_revoke,
        name="personnel-permission-revoke",
    ),
    path(
        "personnel/permissions/<uuid:public_id>/attend/",
        views_contractors.attendance_begin,
        name="personnel-attendance-begin",
    ),
    path("personnel/attendance/", views_contractors.attendance, name="personnel-attendance"),
    path(
        "personnel/attendance/<uuid:public_id>/finish/",
        views_contractors.attendance_finish,
        name="personnel-attendance-finish",
    ),
    path("personnel/staff/", views_staff.staff_list, name="personnel-staff-list"),
    path("personnel/staff.csv", views_staff.staff_csv, name="personnel-staff-csv"),
    path("personnel/staff.pdf", views_staff.staff_pdf, name="personnel-staff-pdf"),
    path("personnel/staff/<uuid:public_id>/", views_staff.staff_page, name="personnel-staff"),
    path("personnel/staff/<uuid:public_id>/extend/", views_requests.extend, name="personnel-extend"),
    path("personnel/staff/<uuid:public_id>/reopen/", views_requests.reopen, name="personnel-reopen"),
    path("personnel/staff/<uuid:public_id>/end/", views_requests.end, name="personnel-end"),
    path("personnel/staff/<uuid:public_id>/pledge/", views_requests.pledge_new, name="personnel-pledge-new"),
]

add_entry(
    Entry(
        "人事情報の取込み", "personnel-imports", VIEW, order=20, group="staff",
        help="採用・異動・休職・退職の発令を取り込み、利用者IDと権限を発令日に改めます",
    )
)  # fmt: skip
add_entry(
    Entry(
        "新しい利用者ID", "personnel-new-ids", ENTER, order=22, group="staff",
        help="初期パスワードの発行と、本人に渡す通知の印刷",
    )
)  # fmt: skip
add_entry(
    Entry(
        "職員の一覧", "personnel-staff-list", VIEW, order=5, group="staff",
        help="利用者ID、所属、役割、誓約書、利用者IDの経過",
    )
)  # fmt: skip
add_entry(
    Entry(
        "利用者ID申請", "personnel-requests", VIEW, order=21, group="staff",
        help="会計年度任用職員等、他部署、委託先の利用者IDの申請・延長・終了と、誓約書",
    )
)  # fmt: skip
add_entry(
    Entry(
        "利用者IDと権限の棚卸し", "personnel-reviews", VIEW, order=30, group="staff",
        help="年に1度、利用者IDと役割を1件ずつ継続か削除に決め、確認したPDFを残します",
    )
)  # fmt: skip
add_entry(
    Entry(
        "委託先の作業許可", "personnel-permissions", VIEW, order=24, group="staff",
        help="委託先の従業者が作業できる日時、立会者、立会いの記録",
    )
)  # fmt: skip
add_entry(
    Entry(
        "委託先の作業への立会い", "personnel-attendance", order=60, group="mine",
        help="自分が立会者になっている委託先の作業と、立会いの開始・終了",
    )
)  # fmt: skip
