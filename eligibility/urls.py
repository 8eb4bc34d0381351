from django.urls import path

from eligibility import views, views_history

urlpatterns = [
    path("persons/search/", views.person_search, name="person-search"),
    path("persons/<uuid:public_id>/", views.person, name="person"),
    path("persons/<uuid:public_id>/timeline/", views.person_timeline, name="person-timeline"),
    path("persons/<uuid:public_id>/changes/", views_history.person_changes, name="person-changes"),
    path("persons/<uuid:public_id>/as-of/", views_history.person_as_of, name="person-as-of"),
    path("persons/<uuid:public_id>/<slug:key>/", views.person_tab, name="person-tab"),
]
