from django.urls import URLPattern, path

from audit.clients import views, views_tokens
from audit.clients.api import WhoAmI
from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right

urlpatterns: list[URLPattern] = [
    path("clients/", views.client_list, name="clients"),
    path("clients/new/", views.client_new, name="client-new"),
    path("clients/<uuid:public_id>/", views.client_page, name="client"),
    path("clients/<uuid:public_id>/edit/", views.client_edit, name="client-edit"),
    path("clients/<uuid:public_id>/terms/", views.client_terms, name="client-terms"),
    path("clients/<uuid:public_id>/calls/", views.client_calls, name="client-calls"),
    path("clients/<uuid:public_id>/review/", views.client_review, name="client-review"),
    path("clients/<uuid:public_id>/end/", views.client_end, name="client-end"),
    path("clients/<uuid:public_id>/tokens/", views_tokens.token_new, name="client-token-new"),
    path("clients/tokens/<uuid:public_id>/rotate/", views_tokens.token_rotate, name="client-token-rotate"),
    path("clients/tokens/<uuid:public_id>/revoke/", views_tokens.token_revoke, name="client-token-revoke"),
    path("clients/tokens/<uuid:public_id>/secret/", views_tokens.token_secret, name="client-token-secret"),
    path("api/v1/whoami", WhoAmI.as_view(), name="api-whoami"),
]

add_entry(
    Entry(
        "API利用者", "clients", Right(File.API_CLIENTS, Act.VIEW), order=60, group="ledgers",
        help="APIを呼び出す他システム。利用条件と決裁、トークンの発行・交換・失効、呼出しの記録、点検",
    )
)  # fmt: skip
