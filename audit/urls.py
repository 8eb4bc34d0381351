from django.urls import path

from audit import views
from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOff.as_view(), name="logout"),
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<uuid:public_id>/", views.job_page, name="job"),
    path("jobs/<uuid:public_id>/issues/", views.job_issues, name="job-issues"),
    path("jobs/<uuid:public_id>/<slug:act>/", views.job_act, name="job-act"),
    path("access-log/", views.access_log, name="access-log"),
]

add_entry(Entry("ホーム", "home", order=0))
add_entry(Entry("一括処理", "jobs", order=80))
add_entry(Entry("アクセス記録", "access-log", Right(File.ACCESS_LOG, Act.VIEW), order=90))
