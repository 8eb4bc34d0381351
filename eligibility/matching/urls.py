from django.urls import path

from audit.navigation import Entry, add_entry
from audit.rights import Act, File, Right
from eligibility.matching import views

urlpatterns = [
    path("matching/", views.matching, name="matching"),
    path("matching/run/", views.matching_run, name="matching-run"),
    path("slips/", views.slip_list, name="slips"),
    path("slips/new/", views.slip_new, name="slip-new"),
    path("slips/<uuid:public_id>/withdraw/", views.slip_withdraw, name="slip-withdraw"),
    path("persons/<uuid:public_id>/merge/", views.person_merge, name="person-merge"),
    path("merges/", views.merge_list, name="merges"),
    path("merges/<uuid:public_id>/undo/", views.merge_undo, name="merge-undo"),
]

VIEW = Right(File.ELIGIBILITY, Act.VIEW)
for order, (label, route, words) in enumerate(
    (
        ("突合の結果", "matching", "住民記録・資格・施設入所・連絡票の食い違いと、その訂正"),
        ("連絡票", "slips", "住所地特例の連絡票の送付と受領"),
        ("名寄せ", "merges", "二重に登録されていた人をまとめた記録"),
    ),
    start=70,
):
    add_entry(Entry(label, route, VIEW, order=order, group="eligibility", help=words))
