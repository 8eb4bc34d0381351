from django.urls import URLPattern, URLResolver, include, path

from eligibility import views, views_history, views_search

PARTS = ("counter",)
urlpatterns: list[URLPattern | URLResolver] = [
    # the parts of this room come first: the tabs of a person take any word that is left
    *(path("", include(f"eligibility.{part}.urls")) for part in PARTS),
    path("persons/search/", views_search.person_search, name="person-search"),
    path("persons/<uuid:public_id>/", views.person, name="person"),
    path("persons/<uuid:public_id>/timeline/", views.person_timeline, name="person-timeline"),
    path("persons/<uuid:public_id>/changes/", views_history.person_changes, name="person-changes"),
    path("persons/<uuid:public_id>/as-of/", views_history.person_as_of, name="person-as-of"),
    path("persons/<uuid:public_id>/<slug:key>/", views.person_tab, name="person-tab"),
]
