from django.urls import path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from levy import views

urlpatterns = [
    path("levy/runs/", views.levy_runs, name="levy-runs"),
    path("levy/runs/new/", views.levy_run_new, name="levy-run-new"),
    path("levy/runs/<uuid:public_id>/", views.levy_run, name="levy-run"),
    path("persons/<uuid:public_id>/levy/<int:year>/notice.pdf", views.levy_notice, name="levy-notice"),
]

add_entry(Entry("保険料の賦課", "levy-runs", Right(File.LEVY, Act.VIEW), order=40))
