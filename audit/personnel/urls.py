from django.urls import URLPattern, path

from audit.navigation import Entry, add_entry
from audit.personnel import views_import
from audit.personnel.queries import ENTER, VIEW

urlpatterns: list[URLPattern] = [
    path("personnel/imports/", views_import.import_list, name="personnel-imports"),
    path("personnel/imports/new/", views_import.import_new, name="personnel-import-new"),
    path("personnel/imports/<uuid:public_id>/", views_import.import_page, name="personnel-import"),
    path("personnel/imports/<uuid:public_id>/<slug:act>/", views_import.import_act, name="personnel-import-act"),
    path("personnel/orders/<uuid:public_id>/<slug:act>/", views_import.order_act, name="personnel-order-act"),
    path("personnel/new-ids/", views_import.new_ids, name="personnel-new-ids"),
    path("personnel/new-ids/letters/", views_import.new_id_letters, name="personnel-new-id-letters"),
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
