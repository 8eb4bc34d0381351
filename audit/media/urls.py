from django.urls import URLPattern, path

from audit.media import views, views_exports, views_terminals
from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right

urlpatterns: list[URLPattern] = [
    path("media/exports/", views_exports.export_list, name="media-exports"),
    path("media/exports/new/", views_exports.export_kinds, name="media-export-kinds"),
    path("media/exports/new/<slug:key>/", views_exports.export_new, name="media-export-new"),
    path("media/exports/<uuid:public_id>/", views_exports.export_page, name="media-export"),
    path("media/exports/<uuid:public_id>/password/", views_exports.export_password, name="media-export-password"),
    path("media/exports/<uuid:public_id>/file/", views_exports.export_file, name="media-export-file"),
    path("media/exports/<uuid:public_id>/cancel/", views_exports.export_cancel, name="media-export-cancel"),
    path("media/register/", views.use_list, name="media-uses"),
    path("media/register/new/", views.use_new, name="media-use-new"),
    path("media/register/<uuid:public_id>/", views.use_page, name="media-use"),
    path("media/register/<uuid:public_id>/<slug:act>/", views.use_act, name="media-use-act"),
    path("media/media/", views.medium_list, name="media-media"),
    path("media/media/new/", views.medium_new, name="media-medium-new"),
    path("media/media/<uuid:public_id>/", views.medium_page, name="media-medium"),
    path("media/media/<uuid:public_id>/<slug:act>/", views.medium_act, name="media-medium-act"),
    path("media/officers/", views.officer_list, name="media-officers"),
    path("media/officers/<uuid:public_id>/end/", views.officer_end, name="media-officer-end"),
    path("media/terminals/", views_terminals.terminal_list, name="media-terminals"),
    path("media/terminals/new/", views_terminals.terminal_new, name="media-terminal-new"),
    path("media/terminals/<uuid:public_id>/", views_terminals.terminal_page, name="media-terminal"),
    path("media/terminals/<uuid:public_id>/<slug:act>/", views_terminals.terminal_act, name="media-terminal-act"),
]

VIEW = Right(File.MEDIA, Act.VIEW)
EXPORTS = tuple(Right(file, Act.EXPORT) for file in File)
add_entry(
    Entry(
        "外部出力", "media-exports", VIEW, order=30, group="ledgers", rights=EXPORTS,
        help="だれが、何を、何人分、何のために出力したか。出力の申請と、暗号化したファイルの受取り",
    )
)  # fmt: skip
add_entry(
    Entry(
        "媒体管理簿", "media-uses", VIEW, order=32, group="ledgers",
        help="どの媒体に何を写し、だれに渡し、いつ消去したか。期限を過ぎたもの",
    )
)  # fmt: skip
add_entry(
    Entry("媒体", "media-media", VIEW, order=34, group="ledgers", help="USBメモリやディスクの登録、保管場所、廃棄")
)
add_entry(
    Entry(
        "媒体取扱担当者", "media-officers", VIEW, order=36, group="ledgers",
        help="媒体への書込みと消去を行うことができる、指名された職員",
    )
)  # fmt: skip
add_entry(
    Entry(
        "端末", "media-terminals", VIEW, order=38, group="ledgers",
        help="登録された端末と、外部への出力を許可された端末",
    )
)  # fmt: skip
