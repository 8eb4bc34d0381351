from django.urls import URLPattern, path

from audit.disclosure import queries, views, views_inquiries
from audit.navigation import Entry, add_entry

urlpatterns: list[URLPattern] = [
    path("requests/", views.request_list, name="requests"),
    path("requests/new/", views.request_new, name="request-new"),
    path("requests/<uuid:public_id>/", views.request_page, name="request"),
    path("requests/<uuid:public_id>/items/", views.request_items, name="request-items"),
    path("requests/<uuid:public_id>/papers/<slug:act>.pdf", views.request_paper, name="request-paper"),
    path("requests/<uuid:public_id>/<slug:act>/", views.request_act, name="request-act"),
    path("official-inquiries/", views_inquiries.inquiry_list, name="official-inquiries"),
    path("official-inquiries/new/", views_inquiries.inquiry_new, name="official-inquiry-new"),
    path("official-inquiries/<uuid:public_id>/", views_inquiries.inquiry_page, name="official-inquiry"),
    path(
        "official-inquiries/<uuid:public_id>/answer.pdf", views_inquiries.inquiry_paper, name="official-inquiry-paper"
    ),
    path("official-inquiries/<uuid:public_id>/<slug:act>/", views_inquiries.inquiry_act, name="official-inquiry-act"),
    path(
        "official-inquiries/lines/<uuid:public_id>/<slug:act>/",
        views_inquiries.inquiry_line,
        name="official-inquiry-line",
    ),
    path("file-book/", views.file_book, name="file-book"),
    path("file-book/file-book.pdf", views.file_book_pdf, name="file-book-pdf"),
]

add_entry(
    Entry(
        "開示等請求", "requests", queries.VIEW, order=30, group="requests",
        help="本人の開示・訂正・利用停止の請求。決定の期限、開示資料、通知書",
    )
)  # fmt: skip
add_entry(
    Entry(
        "公用照会", "official-inquiries", queries.VIEW, order=32, group="requests",
        help="警察、裁判所、税務、弁護士会、他の市町村等からの照会と回答",
    )
)  # fmt: skip
add_entry(
    Entry(
        "個人情報ファイル簿", "file-book", queries.VIEW, order=50, group="ledgers",
        help="5つのファイルの目的、記録項目、収集先、提供先、保存期間",
    )
)  # fmt: skip
