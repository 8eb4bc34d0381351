"""The screens of the personnel file, and the letters with initial passwords."""

import io
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from pypdf import PdfReader

from audit.jobs import execute
from audit.models import AccessLog, JobRun, Staff
from audit.navigation import entries_for
from audit.personnel import letters, work
from audit.personnel.models import IdEvent, PersonnelOrder
from kaigo.common.refusal import Refusal
from tests import factories
from tests.personnel.example_file import personnel_file, row

pytestmark = pytest.mark.django_db
IMPORTS = "/personnel/imports/"
NEW = "/personnel/imports/new/"
NEW_IDS = "/personnel/new-ids/"


def page(client, path, **query):
    answer = client.get(path, query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def upload(content, name="人事 太郎の異動.csv"):
    return SimpleUploadedFile(name, content, content_type="text/csv")


def text_of(content):
    return "".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages)


class TestTakingIn:
    def test_from_the_file_to_the_preview_and_the_decision(self, city, sign_in):
        client = sign_in(city.kanri)
        assert "仮実行する" in page(client, NEW)
        answer = client.post(NEW, {"file": upload(personnel_file(row())), "submission": uuid4()})
        job = JobRun.objects.get()
        assert answer.url == reverse("personnel-import", args=[job.public_id])
        execute(str(job.public_id))
        shown = page(client, answer.url)
        for words in ("承認待ち", "青葉　一郎", "採用", "利用者ID", "伺書", "JINJI_20261120_001.csv"):
            assert words in shown
        assert "人事 太郎" not in shown

    def test_sending_it_again_answers_with_the_first(self, city, sign_in):
        client, key = sign_in(city.kanri), uuid4()
        first = client.post(NEW, {"file": upload(personnel_file(row())), "submission": key})
        again = client.post(NEW, {"file": upload(personnel_file(row())), "submission": key})
        assert first.url == again.url
        assert JobRun.objects.count() == 1

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (personnel_file(row(), promised=9), "行数が合いません"),
            (b"GIF89a not a file", "UTF-8"),
            (b"", "ファイルが空です"),
        ],
    )
    def test_a_wrong_file_says_why_on_the_form(self, city, sign_in, content, words):
        content = content if words != "UTF-8" else b"\xff\xd8\xff"
        answer = sign_in(city.kanri).post(NEW, {"file": upload(content), "submission": uuid4()})
        assert answer.status_code == 200
        assert words in answer.content.decode()
        assert not JobRun.objects.exists()

    def test_a_huge_file_is_not_read(self, city, sign_in, monkeypatch):
        monkeypatch.setattr("audit.personnel.reading.LARGEST", 10)
        answer = sign_in(city.kanri).post(NEW, {"file": upload(personnel_file(row())), "submission": uuid4()})
        assert "20MiB" in answer.content.decode()

    def test_without_the_right_there_is_no_button_and_the_address_refuses(self, city, sign_in):
        client = sign_in(city.kacho)
        assert "人事情報ファイルを取り込む" not in page(client, IMPORTS)
        assert client.get(NEW).status_code == 403
        assert client.post(NEW, {"file": upload(personnel_file(row()))}).status_code == 403
        assert AccessLog.objects.filter(outcome="refused", route="personnel-import-new").count() == 2

    def test_other_offices_do_not_find_it(self, city, sign_in):
        job = city.ask(row())
        client = sign_in(city.far)
        assert "まだありません" in page(client, IMPORTS)
        assert client.get(f"{IMPORTS}{job.public_id}/").status_code == 404

    def test_the_list_and_the_filter(self, city, sign_in):
        job = city.ask(row(), row("retire", "777777"))
        client = sign_in(city.kacho)
        assert "R8.11.20" in page(client, IMPORTS)
        address = f"{IMPORTS}{job.public_id}/"
        assert "青葉　一郎" in page(client, address, state="planned")
        assert "この条件の発令はありません" in page(client, address, state="done")
        assert "登録のない職員番号" in page(client, address)

    def test_the_one_that_the_next_file_waits_for_is_linked(self, city, sign_in):
        job = city.ask(row())
        client = sign_in(city.kanri)
        link = f'href="{IMPORTS}{job.public_id}/"'
        assert link in page(client, NEW)
        sent = {"file": upload(personnel_file(row(number="100002"), serial=2)), "submission": uuid4()}
        answer = client.post(NEW, sent).content.decode()
        assert "前の人事情報の取込みが終わっていません" in answer
        assert link in answer

    def test_one_that_ended_by_itself_says_so(self, city, sign_in):
        refused = city.ask(row("retire", "777777"))
        client = sign_in(city.kanri)
        shown = page(client, f"{IMPORTS}{refused.public_id}/")
        assert "承認を待たずに終わりました" in shown
        assert "この取込みを取り消す" not in shown
        city.take_in(row())
        same = city.ask(row(), serial=2, full=True)
        assert "承認は要りません" in page(client, f"{IMPORTS}{same.public_id}/")
        assert "次のファイルはまだ取り込めません" not in page(client, NEW)

    def test_cancelling(self, city, sign_in):
        job = city.ask(row())
        client = sign_in(city.kanri)
        address = f"{IMPORTS}{job.public_id}/"
        assert "この取込みを取り消す" in page(client, address)
        client.post(f"{address}cancel/", {"submission": uuid4(), "version": job.version})
        job.refresh_from_db()
        assert job.state == "cancelled"
        assert client.post(f"{address}erase/", {"submission": uuid4()}).status_code == 404

    def test_dropping_an_order_that_waits(self, city, sign_in):
        job = city.take_in(row(effective_on="20261201"))
        order = PersonnelOrder.objects.get(job=job)
        client = sign_in(city.kanri)
        assert "取り消す" in page(client, f"{IMPORTS}{job.public_id}/")
        assert client.post(f"/personnel/orders/{order.public_id}/drop/", {"submission": uuid4()}).status_code == 302
        order.refresh_from_db()
        assert order.state == "dropped"
        assert client.post(f"/personnel/orders/{order.public_id}/keep/", {"submission": uuid4()}).status_code == 404

    def test_a_failed_order_stands_on_the_list_and_in_the_work_list(self, city, sign_in):
        job = city.take_in(row())
        PersonnelOrder.objects.filter(job=job).update(state="failed", failure="事務所がありません。")
        assert "反映できなかった発令" in page(sign_in(city.kanri), IMPORTS)
        found = {item.label: item.count for item in work.waiting(city.actor(city.kanri))}
        assert found["反映できなかった発令を処理する"] == 1


class TestCommand:
    def test_previews_and_says_what_it_found(self, city, tmp_path, capsys):
        path = tmp_path / "jinji.csv"
        path.write_bytes(personnel_file(row()))
        call_command("import_personnel", str(path), "--as", city.kanri.login)
        assert "承認待ち" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("login", "content", "words"),
        [
            ("nobody", b"x", "登録"),
            ("kanri", None, "読めません"),
            ("kanri", b"x\r\n", "先頭の行"),
            ("clerk", b"x", "権限"),
        ],
    )
    def test_refuses_in_words(self, city, tmp_path, login, content, words):
        path = tmp_path / "jinji.csv"
        if content:
            path.write_bytes(content)
        staff = getattr(city, login, None)
        with pytest.raises(CommandError, match=words):
            call_command("import_personnel", str(path), "--as", staff.login if staff else login)


class TestLetters:
    def hired(self, city):
        city.take_in(row())
        return Staff.objects.get(login="100001")

    def test_from_the_new_id_to_the_printed_letter_and_the_first_sign_in(self, city, sign_in, client):
        staff = self.hired(city)
        client = sign_in(city.kanri)
        assert "青葉　一郎" in page(client, NEW_IDS)
        client.post(NEW_IDS, {"staff": [staff.public_id], "submission": uuid4()})
        shown = page(client, NEW_IDS)
        assert "通知を開く" in shown
        assert client.get(f"{NEW_IDS}letters/").status_code == 405  # reading consumes nothing
        assert "通知を開く" in page(client, NEW_IDS)
        assert client.post(f"{NEW_IDS}letters/").status_code == 400  # without the submission token
        key = uuid4()
        answer = client.post(f"{NEW_IDS}letters/", {"submission": key})
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
        text = text_of(answer.content)
        assert "100001" in text
        staff.refresh_from_db()
        assert any(staff.check_password(word) for word in re.split(r"\s+", text))
        assert staff.password_state.must_change
        for token in (key, uuid4()):
            again = client.post(f"{NEW_IDS}letters/", {"submission": token}, follow=True).content.decode()
            assert "一度だけ開けます" in again
            assert 'href="/sign-in-ids/"' in again
        assert "初期パスワードを待つ利用者IDはありません" in page(client, NEW_IDS)
        assert IdEvent.objects.filter(staff=staff, kind="letter").count() == 1

    def test_letters_that_are_not_printed_yet_stay_beside_new_ones_and_when_printing_fails(
        self, city, sign_in, monkeypatch
    ):
        city.take_in(row(), row(number="100002", kana="ニ", address=""))
        client = sign_in(city.kanri)
        for staff in Staff.objects.filter(login__startswith="10000"):
            client.post(NEW_IDS, {"staff": [staff.public_id], "submission": uuid4()})

        def broken(secrets):
            raise Refusal("address", "住所が長すぎます。")

        with monkeypatch.context() as patch:
            patch.setattr(letters, "print_letters", broken)
            assert client.post(f"{NEW_IDS}letters/", {"submission": uuid4()}).status_code == 400
        answer = client.post(f"{NEW_IDS}letters/", {"submission": uuid4()})
        assert len(PdfReader(io.BytesIO(answer.content)).pages) == 2

    def test_one_letter_a_person(self, city):
        city.take_in(row(), row(number="100002", kana="ニ", address=""))
        people = Staff.objects.filter(login__startswith="10000")
        secrets = letters.issue(city.actor(city.kanri), [one.public_id for one in people])
        assert len({secret.password for secret in secrets}) == 2
        assert len(PdfReader(io.BytesIO(letters.print_letters(secrets))).pages) == 2

    def test_nobody_chosen_says_so(self, city, sign_in):
        self.hired(city)
        answer = sign_in(city.kanri).post(NEW_IDS, {"staff": ["x"], "submission": uuid4()})
        assert "選んでください" in answer.content.decode()

    def test_not_for_an_id_that_may_not_be_used_yet(self, city):
        staff = self.hired(city)
        Staff.objects.filter(pk=staff.pk).update(valid_until=date(2026, 11, 24) - timedelta(days=1))
        with pytest.raises(Refusal) as refused:
            letters.issue(city.actor(city.kanri), [staff.public_id])
        assert refused.value.code == "not-usable"

    def test_not_of_another_office_and_not_without_the_right(self, city, sign_in):
        staff = self.hired(city)
        assert not letters.waiting(city.actor(city.far)).exists()
        with pytest.raises(Refusal, match="選んでください"):
            letters.issue(city.actor(city.far), [staff.public_id])
        client = sign_in(city.kacho)
        assert client.get(NEW_IDS).status_code == 403
        assert client.post(f"{NEW_IDS}letters/", {"submission": uuid4()}).status_code == 403

    def test_too_many_at_once(self, city, monkeypatch):
        staff = self.hired(city)
        monkeypatch.setattr(letters, "MOST", 0)
        with pytest.raises(Refusal, match="までです"):
            letters.issue(city.actor(city.kanri), [staff.public_id])

    def test_they_wait_in_the_work_list(self, city):
        self.hired(city)
        found = {item.label: item.count for item in work.waiting(city.actor(city.kanri))}
        assert found["新しい利用者IDの初期パスワードを発行する"] == 1
        assert work.waiting(city.actor(city.kacho)) == [] or all(
            "初期パスワード" not in item.label for item in work.waiting(city.actor(city.kacho))
        )


def test_the_navigation_shows_only_what_opens(city):
    def names(staff):
        return {entry.url_name for entry in entries_for(city.actor(staff), "staff")}

    assert {"personnel-imports", "personnel-new-ids"} <= names(city.kanri)
    assert "personnel-new-ids" not in names(city.kacho)
    assert "personnel-imports" not in names(factories.staff("eligibility.view", at=city.ward))
