from django.urls import path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from eligibility.cards import views

urlpatterns = [
    path("cards/", views.card_list, name="cards"),
    path("cards/coming/", views.card_coming, name="cards-coming"),
    path("cards/unreturned/", views.card_unreturned, name="cards-unreturned"),
    path("cards/runs/<uuid:public_id>/", views.card_run, name="card-run"),
    path("cards/runs/<uuid:public_id>/files/<slug:key>/", views.card_file, name="card-file"),
    path("cards/<uuid:public_id>/print/", views.card_print, name="card-print"),
    path("centenarians/", views.centenarians, name="centenarians"),
]

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
for order, (label, route, words) in enumerate(
    (
        ("被保険者証", "cards", "交付した証の一覧"),
        ("資格取得者・一斉交付", "cards-coming", "月ごとに資格を得る人の一覧と、被保険者証の一斉交付"),
        ("未返還の証", "cards-unreturned", "返されていない被保険者証と、返還のお願い"),
        ("100歳到達者", "centenarians", "年度の中で100歳になる人"),
    ),
    start=62,
):
    add_entry(Entry(label, route, VIEW, order=order, group="eligibility", help=words))
