"""The screens as their users press them."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from audit.media import services
from audit.media.models import Export, MediaOfficer, Medium, MediumUse
from audit.models import AccessLog, Terminal
from tests.media.conftest import DESK, STRANGE, TODAY
from tests.media.test_scan import NUMBER
from tests.media.unzip import unzip

pytestmark = pytest.mark.django_db
FORM = {"purpose": "国保連合会への提出", "recipient": "国保連合会", "medium": "", "erase_by": "R8.12.4"}


@pytest.fixture
def sign_in(client, house):
    def go(name, address=DESK):
        client.force_login(getattr(house, name), backend="django.contrib.auth.backends.ModelBackend")
        client.defaults["REMOTE_ADDR"] = address
        return client

    return go


def send(client, to, /, *arguments, **data):
    return client.post(reverse(to, args=arguments), {"submission": uuid.uuid4()} | data, follow=True)


def text(answer):
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


class TestAsking:
    def test_entry_check_done_password_file(self, sign_in, house):
        client = sign_in("fuka")
        assert "試験の台帳" in text(client.get(reverse("media-export-kinds")))
        entry = text(client.get(reverse("media-export-new", args=["made-up"])))
        assert "人数と内容を確かめる" in entry
        check = text(send(client, "media-export-new", "made-up", **FORM))
        assert "3人" in check
        assert not Export.objects.exists()
        page = text(send(client, "media-export-new", "made-up", **FORM, confirmed="1"))
        row = Export.objects.get()
        assert "受取りできる" in page
        shown = text(client.post(reverse("media-export-password", args=[row.public_id])))
        password = shown.split('media-password">')[1].split("<")[0]
        again = client.post(reverse("media-export-password", args=[row.public_id]))
        assert again.status_code == 409
        file = client.post(reverse("media-export-file", args=[row.public_id]))
        assert file["Content-Type"] == "application/zip"
        assert file["Cache-Control"] == "no-store"
        assert "made-up-2026-0001.zip" in file["Content-Disposition"]
        assert b"120002" in unzip(b"".join(file.streaming_content), password)[1]

    def test_sent_twice_is_made_once(self, sign_in, house):
        client, key = sign_in("fuka"), uuid.uuid4()
        for _ in range(2):
            send(client, "media-export-new", "made-up", **FORM, confirmed="1", submission=key)
        assert Export.objects.count() == 1

    def test_back_to_the_form_with_what_was_typed(self, sign_in, house):
        page = text(send(sign_in("fuka"), "media-export-new", "made-up", **FORM, change="1"))
        assert 'value="国保連合会への提出"' in page

    def test_what_is_missing_is_said_at_its_field(self, sign_in, house):
        page = text(send(sign_in("fuka"), "media-export-new", "made-up", purpose="", recipient="", erase_by="きのう"))
        assert "入力内容を確かめてください" in page
        assert page.count("errorlist") == 3

    def test_a_day_that_has_passed(self, sign_in, house):
        page = text(
            send(sign_in("fuka"), "media-export-new", "made-up", **FORM | {"erase_by": "R8.11.1"}, confirmed="1")
        )
        assert "今日以後の日" in page

    def test_at_another_terminal_it_says_where_and_refuses(self, sign_in, house):
        client = sign_in("fuka", STRANGE)
        assert "出力用1（本庁）" in text(client.get(reverse("media-export-new", args=["made-up"])))
        answer = send(client, "media-export-new", "made-up", **FORM)
        assert answer.status_code == 403
        assert house.refused() == [("levy", "export", house.fuka)]

    def test_an_individual_number_is_refused_logged_and_not_shown(self, sign_in, house, source):
        source.rows[0][1] = NUMBER
        answer = send(sign_in("fuka"), "media-export-new", "made-up", **FORM, confirmed="1")
        assert answer.status_code == 403
        assert NUMBER not in text(answer)
        assert house.refused() == [("individual_number", "export", house.fuka)]
        assert not AccessLog.objects.filter(act="export", outcome="allowed").exists()

    def test_without_the_right(self, sign_in, house):
        client = sign_in("plain")
        assert client.get(reverse("media-export-new", args=["made-up"])).status_code == 403
        assert "あなたが出力できるものはありません" in text(client.get(reverse("media-export-kinds")))

    def test_an_unknown_kind(self, sign_in, house):
        assert sign_in("fuka").get(reverse("media-export-new", args=["nothing"])).status_code == 404

    def test_a_large_one_says_that_it_waits(self, sign_in, house, settings):
        settings.EXPORT_BULK_PERSONS = 2
        client = sign_in("fuka")
        assert "別の職員の決裁" in text(send(client, "media-export-new", "made-up", **FORM))
        page = text(send(client, "media-export-new", "made-up", **FORM, confirmed="1"))
        assert "承認待ち" in page
        assert "伺書" in page

    def test_the_media_are_offered_to_officers_only(self, sign_in, house):
        house.medium()
        assert "USB-001" not in text(sign_in("fuka").get(reverse("media-export-new", args=["made-up"])))
        house.officer(house.fuka)
        assert "USB-001" in text(sign_in("fuka").get(reverse("media-export-new", args=["made-up"])))


class TestTheLedger:
    def test_ones_own_and_ones_offices(self, sign_in, house):
        row = house.export()
        assert row.number in text(sign_in("fuka").get(reverse("media-exports")))
        assert row.number in text(sign_in("hogo").get(reverse("media-exports"), {"state": "ready", "kind": "made-up"}))
        assert row.number not in text(sign_in("midori").get(reverse("media-exports")))
        assert sign_in("midori").get(reverse("media-export", args=[row.public_id])).status_code == 404

    def test_filters(self, sign_in, house):
        row = house.export()
        client = sign_in("hogo")
        for asked in ({"state": "erased"}, {"mine": "on"}, {"day_from": "R8.11.25"}, {"day_to": "R8.11.23"}):
            assert row.number not in text(client.get(reverse("media-exports"), asked))
        assert "入力内容を確かめてください" in text(client.get(reverse("media-exports"), {"day_to": "きのう"}))

    def test_somebody_else_sees_it_but_no_way_to_collect_it(self, sign_in, house):
        row = house.export()
        page = text(sign_in("hogo").get(reverse("media-export", args=[row.public_id])))
        assert "ファイルを受け取る" not in page
        assert "取り消して消去する" in page
        assert sign_in("hogo").post(reverse("media-export-file", args=[row.public_id])).status_code == 403

    def test_taking_it_back(self, sign_in, house):
        row = house.export()
        client = sign_in("fuka")
        assert "入力内容を確かめて" in text(send(client, "media-export-cancel", row.public_id, reason="", version="2"))
        page = text(send(client, "media-export-cancel", row.public_id, reason="条件を誤った", version=row.version))
        assert "消去済み" in page
        assert "条件を誤った" in page

    def test_a_collection_at_another_terminal_is_refused(self, sign_in, house):
        row = house.export()
        client = sign_in("fuka", STRANGE)
        page = text(client.get(reverse("media-export", args=[row.public_id])))
        assert "この端末からは" in page
        assert "ファイルを受け取る" not in page
        assert client.post(reverse("media-export-file", args=[row.public_id])).status_code == 403


class TestTheRegister:
    def test_from_registering_to_erasing(self, sign_in, house):
        client = sign_in("hogo")
        office = str(house.head.public_id)
        page = text(send(client, "media-medium-new", number="USB-7", kind="usb", office=office, place="金庫"))
        assert "媒体USB-7を登録しました" in page
        client = sign_in("kacho")
        send(client, "media-officers", staff=str(house.fuka.public_id), office=office, until="", reason="提出のため")
        assert MediaOfficer.objects.get().staff == house.fuka
        client = sign_in("fuka")
        medium = Medium.objects.get()
        page = text(send(
            client, "media-use-new", medium=str(medium.public_id), content="照会票", count="3", purpose="提出",
            recipient="国保連合会", due_on="R8.12.1",
        ))  # fmt: skip
        use = MediumUse.objects.get()
        assert "手元にある" in page
        for act, data, words in (
            ("hand", {"to": "係員", "day": "R8.11.24"}, "渡している"),
            ("return", {"day": "R8.11.24"}, "消去待ち"),
            ("erase", {"how": "software", "day": "R8.11.24"}, "消去済み"),
        ):
            use.refresh_from_db()
            assert words in text(send(client, "media-use-act", use.public_id, act, version=use.version, **data))
        assert "この条件の記録はありません" in text(client.get(reverse("media-uses")))
        assert use.number in text(client.get(reverse("media-uses"), {"state": "all"}))
        assert use.number in text(client.get(reverse("media-medium", args=[medium.public_id])))

    def test_who_is_no_officer_sees_no_buttons_and_is_refused(self, sign_in, house):
        house.officer(house.fuka)
        use = self.use(house)
        client = sign_in("hogo")
        page = text(client.get(reverse("media-use", args=[use.public_id])))
        assert "消去したことを記録する" not in page
        data = {"how": "software", "day": "R8.11.24", "version": 1}
        assert send(client, "media-use-act", use.public_id, "erase", **data).status_code == 403
        assert "指名された職員だけ" in text(client.get(reverse("media-use-new")))
        assert send(client, "media-use-new", content="x").status_code == 403

    def test_an_error_is_said_at_its_field_and_opens_its_form(self, sign_in, house):
        house.officer(house.fuka)
        use = self.use(house)
        client = sign_in("fuka")
        page = text(send(client, "media-use-act", use.public_id, "erase", version=1, how="software", day="R8.11.30"))
        assert "今日までの日" in page
        assert "<details open>" in page
        assert send(client, "media-use-act", use.public_id, "nothing").status_code == 404

    def test_a_stale_form(self, sign_in, house):
        house.officer(house.fuka)
        use = self.use(house)
        answer = send(sign_in("fuka"), "media-use-act", use.public_id, "hand", version=0, to="係員", day="R8.11.24")
        assert answer.status_code == 409

    def test_overdue(self, sign_in, house):
        house.officer(house.fuka)
        use = self.use(house)
        MediumUse.objects.filter(pk=use.pk).update(due_on=TODAY - timedelta(days=1))
        page = text(sign_in("hogo").get(reverse("media-uses"), {"state": "overdue"}))
        assert use.number in page
        assert "期限切れ" in page

    def test_disposing(self, sign_in, house):
        house.officer(house.fuka)
        medium = house.medium()
        client = sign_in("fuka")
        page = text(send(client, "media-medium-act", medium.public_id, "dispose", version=1, how="", day="R8.11.24"))
        assert "入力内容を確かめて" in page
        page = text(
            send(client, "media-medium-act", medium.public_id, "dispose", version=1, how="physical", day="R8.11.24")
        )
        assert "廃棄を記録しました" in page

    def test_ending_a_duty(self, sign_in, house):
        duty = house.officer(house.fuka)
        assert send(sign_in("hogo"), "media-officer-end", duty.public_id).status_code == 403
        assert "指名を終えました" in text(send(sign_in("kacho"), "media-officer-end", duty.public_id))
        assert send(sign_in("hogo"), "media-officers", staff="x").status_code == 403

    def use(self, house):
        from audit.media import register

        return register.record_copy(
            house.at_desk(house.fuka), medium=house.medium().public_id, content="照会票", count=3, purpose="提出",
            recipient="", due_on=TODAY,
        )  # fmt: skip


class TestTerminals:
    def test_registered_by_one_and_allowed_by_another(self, sign_in, house):
        client, office = sign_in("hogo"), str(house.head.public_id)
        page = text(send(client, "media-terminal-new", name="賦課1", address="192.0.2.20", office=office))
        assert "出力の許可は、決定の権限を持つ別の職員が与えます" in page
        assert "この端末からの出力を許可する" not in page
        row = Terminal.objects.get(name="賦課1")
        page = text(send(sign_in("kacho"), "media-terminal-act", row.public_id, "allow", reason="提出", version=1))
        assert "この端末からの出力を許可しました" in page
        assert "賦課1" in text(sign_in("fuka").get(reverse("media-terminals"), {"export": "1"}))

    def test_changing_and_what_is_wrong(self, sign_in, house):
        client, office = sign_in("hogo"), str(house.head.public_id)
        data = {"name": "窓口1", "address": DESK, "office": office, "reason": "入替え", "version": 0}
        page = text(send(client, "media-terminal", house.desk.public_id, **data))
        assert "すでに登録されています" in page
        page = text(send(client, "media-terminal", house.desk.public_id, **data | {"name": "出力用1", "version": 0}))
        assert "端末の登録を変更しました" in page
        page = text(send(client, "media-terminal-act", house.desk.public_id, "retire", reason="", version=1))
        assert "理由" in page
        assert send(client, "media-terminal-act", house.desk.public_id, "explode", reason="x").status_code == 404

    def test_who_only_looks_cannot_change(self, sign_in, house):
        client = sign_in("fuka")
        page = text(client.get(reverse("media-terminal", args=[house.desk.public_id])))
        assert "変更する" not in page
        answer = send(client, "media-terminal-act", house.desk.public_id, "retire", reason="x", version=0)
        assert answer.status_code == 403
        assert Terminal.objects.get(pk=house.desk.pk).is_active


class TestLinks:
    def test_a_list_page_offers_its_export_to_who_may(self, sign_in, house):
        assert "賦課台帳を出力する" in text(sign_in("fuka").get(reverse("levy-runs")))
        assert "賦課台帳を出力する" not in text(sign_in("plain").get(reverse("levy-runs")))

    def test_the_conditions_come_along(self, sign_in, house, rf):
        from django.template import Context, Template

        request = rf.get("/")
        request.actor = house.at_desk(house.fuka)
        shown = Template('{% load media %}{% export_link "made-up" year=2026 none="" %}').render(
            Context({"request": request})
        )
        assert "/media/exports/new/made-up/?year=2026" in shown
        nothing = Template('{% load media %}{% export_link "no-such" %}').render(Context({"request": request}))
        assert nothing == ""


def test_every_page_answers_without_rows(sign_in, house):
    client = sign_in("kacho")
    for name in ("media-exports", "media-uses", "media-media", "media-officers", "media-terminals"):
        assert client.get(reverse(name)).status_code == 200
    assert services.is_bulk(10_000)
