from django.urls import URLPattern, path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from audit.roles import views, views_people

urlpatterns: list[URLPattern] = [
    path("roles/", views.role_list, name="roles"),
    path("roles/new/", views.role_new, name="role-new"),
    path("roles/compare/", views.role_compare, name="role-compare"),
    path("roles/people/", views_people.people, name="role-people"),
    path("roles/people/<uuid:public_id>/", views_people.person, name="staff-roles"),
    path("roles/people/<uuid:public_id>/rights.csv", views_people.rights_csv, name="staff-rights-csv"),
    path("roles/people/<uuid:public_id>/rights.pdf", views_people.rights_pdf, name="staff-rights-pdf"),
    path("roles/assignments/<uuid:public_id>/", views_people.assignment, name="role-assignment"),
    path("roles/templates/", views_people.template_list, name="section-templates"),
    path("roles/templates/new/", views_people.template_new, name="section-template-new"),
    path("roles/templates/<uuid:public_id>/", views_people.template_edit, name="section-template"),
    path("roles/templates/<uuid:public_id>/remove/", views_people.template_remove, name="section-template-remove"),
    path("roles/<uuid:public_id>/", views.role_page, name="role"),
    path("roles/<uuid:public_id>/edit/", views.role_edit, name="role-edit"),
    path("roles/<uuid:public_id>/retire/", views.role_retire, name="role-retire"),
]

VIEW = Right(File.STAFF, Act.VIEW)
add_entry(
    Entry(
        "役割", "roles", VIEW, order=10, group="staff",
        help="役割ごとの権限（ファイル×行為）、編成、比較、割り当てられている職員",
    )
)  # fmt: skip
add_entry(
    Entry(
        "職員の役割", "role-people", VIEW, order=12, group="staff",
        help="だれが、どの事務所で、いつまで何の役割を持つか。割当ての申請、終了、延長",
    )
)  # fmt: skip
add_entry(
    Entry(
        "係の標準", "section-templates", VIEW, order=14, group="staff",
        help="係ごとの、ふつう持つ役割。棚卸しでこれを超える権限を見つける",
    )
)  # fmt: skip
