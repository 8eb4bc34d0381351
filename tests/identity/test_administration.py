"""The administrator's screens: within the own offices, logged, and never for oneself."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from audit.models import AccessLog, Notice, Staff
from tests import factories

ACTS = ("password", "unlock", "factors")


def listed(person, **query):
    return person.client.get(reverse("sign-in-ids"), query).content.decode().split("<tbody>")[-1]


def test_the_list_shows_the_ids_of_the_own_offices_only(person, administrator, clerk):
    elsewhere = factories.staff(at=factories.office("緑区役所"), name="余所 太郎")
    person.sign_in(administrator)
    page = listed(person)
    assert clerk.login in page
    assert "余所 太郎" not in page
    assert person.client.get(reverse("sign-in-id", args=[elsewhere.public_id])).status_code == 404
    for act in ACTS:
        assert person.post("sign-in-id-act", elsewhere.public_id, act).status_code == 404


def test_somebody_without_the_right_is_refused_and_logged(person, administrator, clerk):
    person.sign_in(clerk)
    assert "利用者IDの認証状態" not in person.client.get(reverse("ledgers")).content.decode()
    assert person.client.get(reverse("sign-in-ids")).status_code == 403
    for act in ACTS:
        assert person.post("sign-in-id-act", administrator.public_id, act).status_code == 403
    assert AccessLog.objects.filter(outcome="refused", staff=clerk, act="enter").count() == 1 + len(ACTS)


def test_the_list_is_searched_filtered_and_sorted(person, administrator, clerk):
    closed = factories.staff(name="退職 次郎")
    Staff.objects.filter(pk=closed.pk).update(is_active=False)
    person.sign_in(administrator)
    assert "退職 次郎" in listed(person, state="closed")
    assert clerk.name not in listed(person, state="closed")
    assert clerk.name in listed(person, words="春子")
    assert "退職 次郎" not in listed(person, words="春子")
    assert listed(person, sort="-login").index(closed.login) < listed(person, sort="-login").index(clerk.login)
    assert (
        "この条件に合う利用者IDはありません"
        in person.client.get(reverse("sign-in-ids"), {"words": "%"}).content.decode()
    )
    assert clerk.login in listed(person, state="single")
    assert person.client.get(reverse("sign-in-ids"), {"state": "nonsense"}).status_code == 200


def test_a_new_initial_password_shows_in_the_list(person, administrator, clerk):
    person.sign_in(administrator)
    assert clerk.login not in listed(person, state="initial")
    person.post("sign-in-id-act", clerk.public_id, "password")
    assert clerk.login in listed(person, state="initial")


def test_the_list_asks_the_database_the_same_for_two_and_for_forty(
    person, administrator, django_assert_max_num_queries
):
    for number in range(40):
        factories.staff(name=f"職員 {number}")
    person.sign_in(administrator)
    with django_assert_max_num_queries(15):
        listed(person)


@pytest.mark.parametrize("act", ACTS)
def test_nobody_acts_on_their_own_id(person, administrator, act):
    person.sign_in(administrator)
    before = administrator.password
    assert person.post("sign-in-id-act", administrator.public_id, act).status_code == 400
    administrator.refresh_from_db()
    assert administrator.password == before
    assert (
        "別のシステム管理者"
        in person.client.get(reverse("sign-in-id", args=[administrator.public_id])).content.decode()
    )


def test_a_lost_device_is_taken_away(person, another_browser, administrator, clerk):
    another_browser.sign_in(clerk)
    device, _ = another_browser.register()
    another_browser.leave()
    person.sign_in(administrator)
    assert "なくした端末" in person.client.get(reverse("sign-in-id", args=[clerk.public_id])).content.decode()
    person.post("sign-in-id-act", clerk.public_id, "factors")
    assert not Authenticator.objects.exists()
    another_browser.use(device)
    assert not another_browser.is_in
    assert (
        AccessLog.objects.filter(items=["パスキーとワンタイムコードの削除"], reason__contains=clerk.login).count() == 1
    )
    assert Notice.objects.filter(staff=clerk, urgent=True, text__contains="紛失").count() == 1


def test_an_act_that_does_not_exist(person, administrator, clerk):
    person.sign_in(administrator)
    assert person.post("sign-in-id-act", clerk.public_id, "explode").status_code == 404


def test_acts_are_not_done_by_a_link(person, administrator, clerk):
    person.sign_in(administrator)
    assert person.client.get(reverse("sign-in-id-act", args=[clerk.public_id, "password"])).status_code == 405


def test_the_same_order_sent_twice_makes_one_password(person, administrator, clerk):
    person.sign_in(administrator)
    fields = {"submission": "11111111-1111-4111-8111-111111111111"}
    address = reverse("sign-in-id-act", args=[clerk.public_id, "password"])
    person.client.post(address, fields)
    clerk.refresh_from_db()
    before = clerk.password
    person.client.post(address, fields)
    clerk.refresh_from_db()
    assert clerk.password == before


def test_own_means_stand_in_the_ledgers(person, clerk):
    person.sign_in(clerk)
    page = person.client.get(reverse("ledgers")).content.decode()
    for words in ("パスワードの変更", "パスキー", "ワンタイムコード"):
        assert words in page


def test_a_personnel_number_belongs_to_one_id(clerk, administrator):
    from django.db import IntegrityError, transaction

    Staff.objects.filter(pk=clerk.pk).update(personnel_number="0012345")
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.objects.filter(pk=administrator.pk).update(personnel_number="0012345")
