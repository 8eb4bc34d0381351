"""The counter's screens: entry, check, done; who may; and what a mistake looks like."""

from datetime import date

import pytest
from django.urls import reverse

from audit.models import AccessLog
from eligibility.models import Confirmation, Declaration, Facility, IndividualNumber, Notification, Placement, Reception
from kaigo.common import clock, crypto
from tests import factories
from tests.counter.conftest import spans
from tests.linkage.incoming import individual_number

NUMBER = individual_number(1)
SHOWN = {"identity_documents": ["licence"]}
VISIT = {
    "channel": "counter", "received_on": "2026-11-24", "visitor": "self", "number_check": "none", **SHOWN,
}  # fmt: skip


@pytest.fixture
def clerk(client, counter):
    client.force_login(counter.staff)
    return client


def page(person, key="death", reception=None):
    asked = f"?reception={reception.public_id}" if reception else ""
    return reverse("person-act", args=[person.public_id, key]) + asked


def fields(response):
    """The hidden fields that the check page carries on, as a browser would send them."""
    import html
    import re

    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]+type=\"hidden\"[^>]*>", response.content.decode()):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and value:
            found.setdefault(name.group(1), []).append(html.unescape(value.group(1)))
    return found


def through(clerk, person, key="death", **typed):
    """Entry, check, done; answers with the page of the reception."""
    version = fields(clerk.get(page(person, key)))["version"]
    checked = clerk.post(page(person, key), {"version": version, **VISIT, **typed})
    assert "この内容で受け付けますか" in checked.content.decode(), checked.content.decode()
    return clerk.post(page(person, key), {**fields(checked), "confirmed": "1"}, follow=True)


class TestReceiving:
    def test_from_the_menu_over_the_check_page_to_the_receipt(self, clerk, counter):
        person = counter.person()
        menu = clerk.get(reverse("person-acts", args=[person.public_id])).content.decode()
        assert page(person) in menu
        assert page(person, "exempt-leave") not in menu
        done = through(clerk, person, day="R8.11.20").content.decode()
        assert "死亡の届出を受け付けました" in done
        assert "令和8年11月21日" in done
        assert spans(person)[0][2:] == (date(2026, 11, 21), "age", "death")
        reception = Reception.objects.get()
        assert (reception.visitor_name, reception.identity_documents) == (person.name, ["licence"])
        receipt = clerk.get(reverse("reception-receipt", args=[reception.public_id]))
        assert receipt.content.startswith(b"%PDF")

    def test_the_check_page_shows_before_after_and_why(self, clerk, counter):
        person = counter.person()
        text = clerk.post(page(person), {"version": person.row_version, **VISIT, "day": "R8.11.20"}).content.decode()
        assert "今の資格の期間" in text
        assert "受け付けた後の資格の期間" in text
        assert "亡くなったので" in text
        assert not Notification.objects.exists()

    def test_sent_twice_it_is_received_once(self, clerk, counter):
        person = counter.person()
        checked = clerk.post(page(person), {"version": person.row_version, **VISIT, "day": "R8.11.20"})
        sent = {**fields(checked), "confirmed": "1"}
        first, second = clerk.post(page(person), sent), clerk.post(page(person), sent)
        assert first.url == second.url
        assert Notification.objects.count() == 1

    def test_back_to_the_form_everything_is_still_there(self, clerk, counter):
        person = counter.person()
        checked = clerk.post(page(person), {"version": person.row_version, **VISIT, "day": "R8.11.20"})
        text = clerk.post(page(person), {**fields(checked), "change": "1"}).content.decode()
        assert 'value="R8.11.20"' in text
        assert "この内容で受け付けますか" not in text

    def test_a_second_notification_of_the_visit_asks_nothing_twice(self, clerk, counter):
        person = counter.person()
        through(clerk, person, "exempt-enter", **{
            "facility": str(counter.exempt.public_id), "day": "R8.5.10", "ground": "notice", "ground_on": "R8.5.10",
        })  # fmt: skip
        reception = Reception.objects.get()
        again = page(person, "exempt-leave", reception)
        entry = clerk.get(again)
        assert "身元確認の書類" not in entry.content.decode()
        checked = clerk.post(again, {**fields(entry), "day": "R8.10.1", "end": "returned"})
        clerk.post(again, {**fields(checked), "confirmed": "1"})
        assert set(Notification.objects.values_list("reception", flat=True)) == {reception.pk}

    def test_a_contradiction_says_what_stands_and_what_to_do_and_keeps_the_input(self, clerk, counter):
        person = counter.person(resident_until=date(2026, 9, 1), status="2")
        text = clerk.post(page(person), {"version": person.row_version, **VISIT, "day": "R8.11.20"}).content.decode()
        assert "令和8年9月1日に転出しています" in text
        assert "応対記録に残してください" in text
        assert 'value="R8.11.20"' in text

    def test_the_second_clerk_is_told_and_may_go_on_with_what_was_typed(self, clerk, counter):
        person = counter.person()
        checked = clerk.post(page(person), {"version": person.row_version, **VISIT, "day": "R8.11.20"})
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        answer = clerk.post(page(person), {**fields(checked), "confirmed": "1"})
        text = answer.content.decode()
        assert "入力した内容はそのまま残してあります" in text
        assert 'value="R8.11.20"' in text
        assert not Declaration.objects.exists()
        again = clerk.post(page(person), {**fields(answer), **VISIT, "day": "R8.11.20"})
        clerk.post(page(person), {**fields(again), "confirmed": "1"})
        assert Declaration.objects.exists()

    def test_every_look_is_in_the_log(self, clerk, counter):
        person = counter.person()
        clerk.get(page(person))
        row = AccessLog.objects.filter(route="person-act").latest("id")
        assert (row.act, row.subjects) == ("enter", [person.public_id])

    def test_a_word_that_is_no_notification_is_not_found(self, clerk, counter):
        assert clerk.get(page(counter.person(), "nothing")).status_code == 404

    @pytest.mark.parametrize("rights", [("eligibility.view",), ("levy.view", "levy.enter")])
    def test_without_the_right_there_is_no_button_and_no_page(self, client, counter, rights):
        person = counter.person()
        client.force_login(factories.staff(*rights, at=counter.staff.office))
        assert client.get(page(person)).status_code == 403
        shown = client.get(reverse("person-tab", args=[person.public_id, "eligibility"])).content.decode()
        assert "届出・申請を受ける" not in shown


class TestWhoCame:
    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ({"identity_documents": []}, "1点でよい書類を1つか、ほかの書類を2つ"),
            ({"identity_documents": ["insured_card"]}, "ほかの書類を2つ"),
            ({"identity_documents": ["heard"]}, "聞き取った内容"),
            ({"visitor": "household", "visitor_name": ""}, "その人の氏名"),
            ({"visitor": "agent", "visitor_name": "代理　太郎"}, "代理権を確かめた書類"),
            ({"number_check": "matched"}, "個人番号を入れてください"),
            ({"number_check": "completed"}, "記載がない理由"),
            ({"number": f"{NUMBER[:-1]}{(int(NUMBER[-1]) + 1) % 10}"}, "検査数字"),
            ({"received_on": "R9.1.1"}, "受付日は今日まで"),
        ],
    )
    def test_what_is_missing_is_said_at_its_field(self, clerk, counter, typed, message):
        person = counter.person()
        sent = {"version": person.row_version, **VISIT, "day": "R8.11.20", **typed}
        text = clerk.post(page(person), sent).content.decode()
        assert message in text
        assert "この内容で受け付けますか" not in text

    @pytest.mark.parametrize(
        "typed",
        [
            {"identity_documents": ["insured_card", "pension"]},
            {"identity_documents": ["heard"], "identity_note": "家族の生年月日"},
            {"visitor": "agent", "visitor_name": "代理　太郎", "agent_documents": ["mandate"]},
            {"visitor": "authority", "visitor_name": "千代田区", "identity_documents": []},
            {"number_check": "completed", "number_reason": "書けないため"},
        ],
    )
    def test_what_the_law_accepts_is_accepted(self, clerk, counter, typed):
        through(clerk, counter.person(), day="R8.11.20", **typed)
        assert Notification.objects.count() == 1

    def test_the_number_is_compared_and_never_stands_in_a_page_or_a_row(self, clerk, counter):
        person = counter.person()
        lookup = crypto.ring().lookup(NUMBER, "individual_number")
        IndividualNumber.objects.create(resident=person, sealed=b"x", lookup=lookup)
        typed = {"number_check": "matched", "number": NUMBER, "number_document": "my_number_card"}
        sent = {"version": person.row_version, **VISIT, "day": "R8.11.20", **typed}
        checked = clerk.post(page(person), sent)
        assert NUMBER not in checked.content.decode()
        clerk.post(page(person), {**fields(checked), "confirmed": "1"})
        assert Reception.objects.get().number_check == "matched"
        assert NUMBER not in str(list(Reception.objects.values())) + str(list(Notification.objects.values()))

    def test_another_persons_number_is_refused(self, clerk, counter):
        person = counter.person()
        lookup = crypto.ring().lookup(individual_number(2), "individual_number")
        IndividualNumber.objects.create(resident=person, sealed=b"x", lookup=lookup)
        typed = {"number_check": "matched", "number": NUMBER, "number_document": "my_number_card"}
        sent = {"version": person.row_version, **VISIT, "day": "R8.11.20", **typed}
        text = clerk.post(page(person), sent).content.decode()
        assert "登録された番号と違います" in text
        assert NUMBER not in text

    def test_a_forged_token_does_not_stand_for_the_number(self, clerk, counter):
        person = counter.person()
        typed = {"number_check": "matched", "number_token": "x:y:z", "number_document": "my_number_card"}
        sent = {"version": person.row_version, **VISIT, "day": "R8.11.20", **typed}
        assert "個人番号を入れてください" in clerk.post(page(person), sent).content.decode()


class TestTheLedger:
    def test_it_lists_filters_and_shows_only_ones_own_office(self, clerk, counter):
        person = counter.person(name="山田　花子")
        factories.notification(factories.resident("他所　太郎", office=factories.office("緑区役所")))
        counter.receive(person, "death", day="2026-11-20")
        text = clerk.get("/receptions/").content.decode()
        assert "山田　花子" in text
        assert "他所　太郎" not in text
        assert "山田　花子" not in clerk.get("/receptions/?act=move-out").content.decode()
        assert "山田　花子" not in clerk.get("/receptions/?state=withdrawn").content.decode()
        assert "山田　花子" not in clerk.get("/receptions/?since=R8.11.25").content.decode()
        assert "山田　花子" in clerk.get("/receptions/?since=R8.11.24&until=R8.11.24&sort=act").content.decode()

    def test_without_rows_it_says_where_to_begin(self, clerk):
        assert "届出・申請を受ける" in clerk.get("/receptions/").content.decode()

    def test_a_notification_is_taken_back_from_its_page(self, clerk, counter):
        person = counter.person()
        row = counter.receive(person, "death", day="2026-11-20")
        shown = clerk.get(reverse("notification", args=[row.public_id])).content.decode()
        address = reverse("notification-withdraw", args=[row.public_id])
        assert address in shown
        asked = clerk.get(address)
        assert "このフィールド" not in asked.content.decode()
        assert clerk.post(address, {**fields(asked), "reason": ""}).status_code == 200
        done = clerk.post(address, {**fields(asked), "reason": "人違い"}, follow=True).content.decode()
        assert "取り消しました" in done
        assert spans(person)[0][2] is None
        refused = clerk.post(address, {**fields(clerk.get(address)), "reason": "もう一度"})
        assert "もう取り消されています" in refused.content.decode()


FACILITY = {
    "number": "C0001", "kind": "shien", "name": "ひかり荘", "kana": "ﾋｶﾘｿｳ", "insurer_number": "121004",
    "municipality": "あおば市", "postal_code": "260-0001", "address": "あおば市都町0-0-9", "phone": "",
    "open_from": "", "open_until": "",
}  # fmt: skip


class TestFacilities:
    def test_one_is_entered_found_and_corrected(self, clerk):
        asked = clerk.get("/facilities/new/")
        done = clerk.post("/facilities/new/", {**fields(asked), **FACILITY}, follow=True).content.decode()
        assert "ひかり荘" in done
        row = Facility.objects.get(number="C0001")
        assert (row.kana, row.postal_code) == ("ヒカリソウ", "2600001")
        assert "ひかり荘" in clerk.get("/facilities/?text=ヒカリ&kind=shien").content.decode()
        edit = reverse("facility-edit", args=[row.public_id])
        clerk.post(edit, {**fields(clerk.get(edit)), **FACILITY, "open_until": "R8.3.31"})
        clerk.get("/facilities/")  # the message of what was done is shown once
        assert "ひかり荘" not in clerk.get("/facilities/?text=ヒカリ").content.decode()
        assert "ひかり荘" in clerk.get("/facilities/?text=ヒカリ&closed=on").content.decode()

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ({"number": "1270100001"}, "検査数字"),
            ({"insurer_number": "121005"}, "検査数字"),
            ({"postal_code": "123"}, "7桁"),
            ({"open_from": "R8.4.1", "open_until": "R8.3.1"}, "開設日より前"),
            ({"number": "TAKEN"}, "別の施設に使われています"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, clerk, typed, message):
        factories.facility(number="TAKEN")
        asked = clerk.get("/facilities/new/")
        assert message in clerk.post("/facilities/new/", {**fields(asked), **FACILITY, **typed}).content.decode()
        assert not Facility.objects.filter(name="ひかり荘").exists()

    def test_a_facility_that_moved_meanwhile_is_not_overwritten(self, clerk):
        row = factories.facility()
        edit = reverse("facility-edit", args=[row.public_id])
        stale = fields(clerk.get(edit))
        Facility.objects.filter(pk=row.pk).update(row_version=2)
        assert "別の職員" in clerk.post(edit, {**stale, **FACILITY}).content.decode()

    def test_of_those_who_live_there_only_ones_own_offices_are_named(self, clerk, counter):
        place = factories.facility()
        factories.placement(counter.person(name="山田　花子"), facility=place)
        factories.placement(factories.resident("他所　太郎", office=factories.office("緑区役所")), facility=place)
        text = clerk.get(reverse("facility", args=[place.public_id])).content.decode()
        assert "山田　花子" in text
        assert "他所　太郎" not in text

    def test_no_entry_before_it_opened_or_after_it_closed(self, counter):
        counter.exempt.open_from, counter.exempt.open_until = date(2026, 4, 1), date(2026, 9, 30)
        counter.exempt.save()
        person = counter.person()
        for day in ("2026-03-31", "2026-10-01"):
            assert "day" in counter.form(person, "exempt-enter", **counter.entry(counter.exempt, day)).errors
        assert not counter.form(person, "exempt-enter", **counter.entry(counter.exempt, "2026-04-01")).errors


class TestConfirming:
    """Nobody stays exempt for ten years by oversight (D23, I19)."""

    def test_what_is_due_waits_on_the_home_page_and_leaves_the_list_when_confirmed(self, clerk, counter):
        row = factories.placement(counter.person(name="山田　花子"))
        assert "適用除外・住所地特例の現況の確認" in clerk.get("/").content.decode()
        assert "期限超過" in clerk.get("/placements/due/").content.decode()
        address = reverse("placement-confirm", args=[row.public_id])
        typed = {"confirmed_on": "R8.11.24", "result": "continues", "ground": "phone", "note": "施設の相談員"}
        clerk.post(address, {**fields(clerk.get(address)), **typed})
        row.refresh_from_db()
        assert row.confirm_by == date(2027, 11, 24)
        assert "山田　花子" not in clerk.get("/placements/due/").content.decode()
        assert "施設の相談員" in clerk.get(address).content.decode()

    def test_who_has_left_is_sent_on_to_the_notification(self, clerk, counter):
        row = factories.placement(counter.person())
        address = reverse("placement-confirm", args=[row.public_id])
        typed = {"confirmed_on": "R8.11.24", "result": "ended", "ground": "phone"}
        done = clerk.post(address, {**fields(clerk.get(address)), **typed}, follow=True).content.decode()
        assert "退所の届出を受けてください" in done
        assert Placement.objects.get().confirm_by == clock.today()

    def test_a_stay_that_ended_meanwhile_is_not_confirmed(self, clerk, counter):
        row = factories.placement(counter.person())
        address = reverse("placement-confirm", args=[row.public_id])
        stale = fields(clerk.get(address))
        Placement.objects.update(row_version=2)
        typed = {"confirmed_on": "R8.11.24", "result": "continues", "ground": "phone"}
        assert "記録が変わりました" in clerk.post(address, {**stale, **typed}).content.decode()
        assert not Confirmation.objects.exists()

    def test_what_ended_or_was_withdrawn_is_not_due(self, clerk, counter):
        factories.placement(counter.person(name="山田　花子"), ended_on=date(2026, 1, 1), end="left")
        factories.placement(counter.person(name="田中　花子"), withdrawn=True)
        text = clerk.get("/placements/due/").content.decode()
        assert "今、確認する人はいません" in text


class TestSlip:
    @pytest.mark.parametrize("kind", ["ours", "theirs"])
    def test_it_is_printed_for_the_other_municipality(self, clerk, counter, kind):
        row = factories.placement(counter.person(), kind=kind, facility=counter.abroad)
        answer = clerk.get(reverse("placement-slip", args=[row.public_id]))
        assert answer.content.startswith(b"%PDF")
        assert AccessLog.objects.filter(route="placement-slip", act="print").exists()

    def test_there_is_none_for_an_exemption(self, clerk, counter):
        row = factories.placement(counter.person())
        assert clerk.get(reverse("placement-slip", args=[row.public_id])).status_code == 400
