from django.urls import URLPattern, URLResolver, include, path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from eligibility import views, views_history, views_search

add_entry(Entry("資格", "eligibility", Right(File.ELIGIBILITY, Act.VIEW), order=16))
PARTS = ("counter", "cards", "contacts", "matching")
urlpatterns: list[URLPattern | URLResolver] = [
    # the parts of this room come first: the tabs of a person take any word that is left
    *(path("", include(f"eligibility.{part}.urls")) for part in PARTS),
    path("eligibility/", views.eligibility_lists, name="eligibility"),
    path("persons/search/", views_search.person_search, name="person-search"),
    path("persons/<uuid:public_id>/", views.person, name="person"),
    path("persons/<uuid:public_id>/record/", views_history.person_record, name="person-record"),
    path("persons/<uuid:public_id>/timeline/", views.person_timeline, name="person-timeline"),
    path("persons/<uuid:public_id>/changes/", views_history.person_changes, name="person-changes"),
    path("persons/<uuid:public_id>/as-of/", views_history.person_as_of, name="person-as-of"),
    path("persons/<uuid:public_id>/<slug:key>/", views.person_tab, name="person-tab"),
]
