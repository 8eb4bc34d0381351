from django.urls import path

from audit.screenlock import views

urlpatterns = [
    path("lock/", views.lock_page, name="lock"),
    path("lock/now/", views.lock_now, name="lock-now"),
    path("lock/state/", views.lock_state, name="lock-state"),
    path("lock/options/", views.unlock_options, name="unlock-options"),
    path("lock/unlock/", views.unlock, name="unlock"),
    path("kept/", views.kept, name="kept"),
    path("kept/<uuid:public_id>/", views.kept_discard, name="kept-discard"),
]
