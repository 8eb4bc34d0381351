from django.urls import path

from eligibility import views

urlpatterns = [
    path("persons/search/", views.person_search, name="person-search"),
    path("persons/<uuid:public_id>/", views.person, name="person"),
    path("persons/<uuid:public_id>/timeline/", views.person_timeline, name="person-timeline"),
    path("persons/<uuid:public_id>/<slug:key>/", views.person_tab, name="person-tab"),
]
