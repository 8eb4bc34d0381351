from django.urls import URLPattern, path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from audit.watching import views

urlpatterns: list[URLPattern] = [
    path("watching/", views.finding_list, name="watching"),
    path("watching/tick/", views.finding_tick, name="watching-tick"),
    path("watching/days/", views.examined_days, name="watching-days"),
    path("watching/thresholds/", views.threshold_list, name="watching-thresholds"),
    path("watching/<uuid:public_id>/", views.finding_page, name="finding"),
]

VIEW = Right(File.FINDINGS, Act.VIEW)
add_entry(
    Entry(
        "点検", "watching", VIEW, order=20, group="review",
        help="時間外や休日の利用、多数の照会、家族や近隣の照会など、所属長が確かめて判定する事項",
    )
)  # fmt: skip
add_entry(
    Entry(
        "点検した日", "watching-days", VIEW, order=22, group="review",
        help="アクセス記録のどの日を点検したか。点検していない日があれば、ここから点検する",
    )
)  # fmt: skip
add_entry(
    Entry(
        "点検の基準値", "watching-thresholds", VIEW, order=26, group="review",
        help="何時間、何件、何人から点検の対象とするか",
    )
)  # fmt: skip
