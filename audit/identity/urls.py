from django.urls import URLPattern, path

from audit.identity import views, views_own, views_staff
from audit.identity.queries import MANAGE
from audit.navigation import Entry, add_entry

urlpatterns: list[URLPattern] = [
    path("login/", views.sign_in, name="login"),
    path("login/code/", views.sign_in_code, name="login-code"),
    path("login/passkey/", views.sign_in_passkey, name="login-passkey"),
    path("login/passkey/options/", views.passkey_options, name="login-passkey-options"),
    path("login/sso/", views.sso_begin, name="login-sso"),
    path("login/sso/return/", views.sso_return, name="login-sso-return"),
    path("logout/", views.sign_off, name="logout"),
    path("confirm-identity/", views_own.confirm, name="confirm-identity"),
    path("confirm-identity/options/", views_own.confirm_options, name="confirm-identity-options"),
    path("password/", views_own.password, name="password"),
    path("passkeys/", views_own.passkey_list, name="passkeys"),
    path("passkeys/new/", views_own.passkey_new, name="passkey-new"),
    path("passkeys/new/options/", views_own.passkey_new_options, name="passkey-new-options"),
    path("passkeys/<uuid:public_id>/", views_own.passkey, name="passkey"),
    path("passkeys/<uuid:public_id>/remove/", views_own.passkey_remove, name="passkey-remove"),
    path("one-time-code/", views_own.one_time_code, name="one-time-code"),
    path("one-time-code/new/", views_own.one_time_code_new, name="one-time-code-new"),
    path("one-time-code/<slug:act>/", views_own.one_time_code_act, name="one-time-code-act"),
    path("sign-in-ids/", views_staff.id_list, name="sign-in-ids"),
    path("sign-in-ids/<uuid:public_id>/", views_staff.id_page, name="sign-in-id"),
    path("sign-in-ids/<uuid:public_id>/<slug:act>/", views_staff.id_act, name="sign-in-id-act"),
]

add_entry(Entry("パスワードの変更", "password", order=10, group="mine", help="自分のパスワードを変えます"))
add_entry(Entry("パスキー", "passkeys", order=20, group="mine", help="指紋・顔などでログインできるようにします"))
add_entry(
    Entry(
        "ワンタイムコード",
        "one-time-code",
        order=30,
        group="mine",
        help="パスワードに加えて入れる6桁の数字を設定します",
    )
)
add_entry(
    Entry(
        "利用者IDの認証状態", "sign-in-ids", MANAGE, order=60, group="staff",
        help="ロックの解除、パスワードの再発行、なくしたパスキーの削除",
    )
)  # fmt: skip
