"""The screens of the registers as the officer for personal information presses them."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import AccessLog
from audit.registers import rules, services
from audit.registers.catalogue import REGISTERS, register_of
from audit.registers.models import Accident, Attachment, Contract, SelfCheck, SubContract
from tests import factories
from tests.registers.conftest import actor, values

pytestmark = pytest.mark.django_db
KEYS = [register.key for register in REGISTERS]


@pytest.fixture
def sign_in(client):
    def go(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return go


def body(answer):
    return answer.content.decode()


def typed(key, office, **more):
    """The values as a browser sends them."""
    asked = {}
    for name, value in values(key, office, **more).items():
        if value is None or value is False:
            continue
        if value is True:
            value = "on"
        asked[name] = getattr(value, "public_id", value)
    if key == "audits":
        asked["auditors"] = [factories.staff(at=factories.office("本庁"), name="監査 正").public_id]
    return asked | {"submission": uuid.uuid4()}


@pytest.mark.parametrize("key", KEYS)
def test_entering_reading_listing_printing_and_writing_out(sign_in, clerk, office, key):
    client = sign_in(clerk)
    assert client.get(reverse("register-new", args=[key])).status_code == 200
    answer = client.post(reverse("register-new", args=[key]), typed(key, office))
    assert answer.status_code == 302, body(answer)
    row = register_of(key).model.objects.get()
    page = body(client.get(answer.url))
    assert row.number in page
    assert "完結するには" in page or register_of(key).obstacles(row) == []
    assert row.number in body(client.get(reverse("register", args=[key]), {"text": row.number, "state": "open"}))
    assert "この条件の記録はありません" in body(client.get(reverse("register", args=[key]), {"state": "closed"}))
    pdf = client.get(reverse("register-pdf", args=[key, row.public_id]))
    assert pdf.content.startswith(b"%PDF")
    csv = body(client.get(reverse("register-csv", args=[key])))
    assert row.number in csv
    assert set(AccessLog.objects.filter(file="registers").values_list("act", flat=True)) == {"print", "export"}


@pytest.mark.parametrize("key", KEYS)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(sign_in, clerk, office, key):
    client = sign_in(clerk)
    answer = client.post(reverse("register-new", args=[key]), typed(key, office, title=""))
    assert "入力内容を確かめてください" in body(answer)
    assert not register_of(key).model.objects.exists()


@pytest.mark.parametrize("key", KEYS)
def test_another_office_s_entry_is_neither_listed_nor_opened(sign_in, enter, key):
    row = enter(key, title="見えない件名")
    rights = ("registers.view", "registers.enter", "registers.print", "registers.export")
    client = sign_in(factories.staff(*rights, at=factories.office("緑区役所")))
    for url in (reverse("register", args=[key]), reverse("register-csv", args=[key]), reverse("registers")):
        assert "見えない件名" not in body(client.get(url))
    for name in ("register-entry", "register-edit", "register-pdf"):
        assert client.get(reverse(name, args=[key, row.public_id])).status_code == 404


def test_correcting_and_a_stale_page(sign_in, enter, clerk, office):
    row = enter("accidents")
    client, url = sign_in(clerk), reverse("register-edit", args=["accidents", row.public_id])
    assert "旧住所に送付した。" in body(client.get(url))
    client.post(url, typed("accidents", office, facts="回収まで済んだ。") | {"version": row.version})
    assert Accident.objects.get().facts == "回収まで済んだ。"
    stale = client.post(url, typed("accidents", office, facts="古い画面から。") | {"version": row.version})
    assert "変更しました" in body(stale)
    assert "古い画面から。" in body(stale)
    assert Accident.objects.get().facts == "回収まで済んだ。"


def test_lines_are_added_and_corrected(sign_in, enter, clerk):
    row = enter("accidents", is_sensitive=True)
    client = sign_in(clerk)
    assert "速報の期限" in body(client.get(reverse("register-entry", args=["accidents", row.public_id])))
    url = reverse("register-line-new", args=["accidents", row.public_id, "reports"])
    asked = {
        "kind": "preliminary",
        "reported_on": "R8.11.22",
        "reference": "第1号",
        "content": "",
        "submission": uuid.uuid4(),
    }
    assert client.post(url, asked).status_code == 302
    line = row.reports.get()
    edit = reverse("register-line", args=["accidents", line.public_id, "reports"])
    client.post(edit, asked | {"reference": "第2号", "submission": uuid.uuid4(), "version": line.version})
    line.refresh_from_db()
    assert (line.reference, line.version) == ("第2号", 2)
    assert client.get(reverse("register-line-new", args=["accidents", row.public_id, "nothing"])).status_code == 404


def test_closing_by_the_second_person_from_the_page(sign_in, enter, clerk, chief):
    row = enter("inquiries")
    act = reverse("register-act", args=["inquiries", row.public_id, "close"])
    asked = {"version": row.version, "reason": "回答済み"}
    assert sign_in(clerk).post(act, asked | {"submission": uuid.uuid4()}).status_code == 403
    page = body(sign_in(chief).post(act, asked | {"submission": uuid.uuid4()}))
    assert "回答と回答日がありません" in page


def test_a_file_is_kept_and_read_again(sign_in, enter, clerk):
    row = enter("accidents")
    client = sign_in(clerk)
    upload = SimpleUploadedFile("paper.pdf", factories.pdf(), content_type="application/pdf")
    asked = {"upload": upload, "title": "報告書の写し", "submission": uuid.uuid4()}
    client.post(reverse("register-act", args=["accidents", row.public_id, "attach"]), asked)
    found = Attachment.objects.get()
    answer = client.get(reverse("register-file", args=[found.public_id]))
    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"].startswith("attachment")


DISGUISED = {
    "a page": ("x.html", b"<script>alert(1)</script>", "text/html", "スクリプトを含められる形式"),
    "a page called a paper": ("x.pdf", b"<script>alert(1)</script>", "application/pdf", "スクリプトを含められる形式"),
    "a script called a picture": ("x.png", b"#!/bin/sh\nrm -rf /\n", "image/png", "プログラムは受け取れません"),
    "an archive called a paper": ("x.pdf", b"PK\x03\x04" + bytes(60), "application/pdf", "中身は"),
    "an archive": ("x.zip", b"PK\x03\x04" + bytes(60), "application/pdf", "この種類のファイルは受け取れません"),
    "a picture cut short": ("x.png", b"\x89PNG\r\n\x1a\n", "image/png", "読めません"),
}


@pytest.mark.parametrize(("name", "content", "kind", "words"), DISGUISED.values(), ids=DISGUISED)
def test_a_file_is_taken_for_what_it_is_and_refused_with_words(sign_in, enter, clerk, name, content, kind, words):
    row = enter("accidents")
    asked = {"upload": SimpleUploadedFile(name, content, content_type=kind), "title": "写し"}
    act = reverse("register-act", args=["accidents", row.public_id, "attach"])
    page = body(sign_in(clerk).post(act, asked | {"submission": uuid.uuid4()}))
    assert words in page
    assert not Attachment.objects.exists()


def test_a_file_is_kept_under_its_own_type_whatever_the_browser_says(sign_in, enter, clerk):
    row = enter("accidents")
    upload = SimpleUploadedFile("list.csv", "所属,件数\n中央,1\n".encode(), content_type="application/pdf")
    act = reverse("register-act", args=["accidents", row.public_id, "attach"])
    sign_in(clerk).post(act, {"upload": upload, "title": "件数", "submission": uuid.uuid4()})
    assert Attachment.objects.get().stored.content_type == "text/csv"


def test_a_self_check_is_answered_on_one_page(sign_in, enter, clerk):
    row = enter("self-checks")
    url = reverse("self-check-answers", args=[row.public_id])
    client = sign_in(clerk)
    assert body(client.get(url)).count("<fieldset") == len(rules.items("self_check"))
    items = [item.id for item in rules.items("self_check")]
    asked = {"a-TOTAL_FORMS": len(items), "a-INITIAL_FORMS": len(items), "submission": uuid.uuid4()}
    for n, item in enumerate(items):
        asked |= {f"a-{n}-item": item, f"a-{n}-answer": "yes" if n else "no"}
    page = body(client.post(url, asked))
    assert "改善することを入れてください" in page
    assert not row.answers.exists()
    assert client.post(url, asked | {"a-0-remedy": "徹底する", "a-0-due_on": "R8.12.1"}).status_code == 302
    assert SelfCheck.objects.get().answers.count() == len(items)
    assert "改善：徹底する" in body(client.get(reverse("register-entry", args=["self-checks", row.public_id])))


def test_attendance_is_recorded_on_one_page(sign_in, enter, clerk, chief):
    row = enter("trainings")
    url = reverse("training-attendance", args=[row.public_id])
    client = sign_in(clerk)
    assert "区長 次郎" in body(client.get(url))
    asked = {"p-TOTAL_FORMS": 2, "p-INITIAL_FORMS": 2, "submission": uuid.uuid4(),
             "p-0-staff": clerk.public_id, "p-0-attended": "on", "p-0-attended_on": "R8.11.10", "p-0-score": "80",
             "p-1-staff": chief.public_id, "p-1-attended_on": "R8.11.10"}  # fmt: skip
    assert client.post(url, asked).status_code == 302
    assert [a.staff for a in row.attendances.all()] == [clerk]
    page = body(client.get(reverse("register-entry", args=["trainings", row.public_id])))
    assert "受講していない職員" in page


def test_the_consent_to_a_sub_contract_from_the_page(sign_in, enter, clerk, chief):
    register = register_of("contracts")
    asked = dict.fromkeys(("party", "reason", "content", "information", "supervision"), "試験")
    row = services.add_line(actor(clerk), register, register.part("sub-contracts"), enter("contracts"), asked)
    url = reverse("sub-contract", args=[row.public_id])
    client = sign_in(clerk)
    page = body(client.post(url, {"S1": "yes", "propose": "1", "version": row.version, "submission": uuid.uuid4()}))
    assert "答えていない項目" in page
    row.refresh_from_db()
    answers = {item.id: "yes" for item in rules.items("sub_contract")}
    sent = answers | {"propose": "1", "version": row.version, "submission": uuid.uuid4()}
    assert client.post(url, sent).status_code == 302
    assert SubContract.objects.get().state == "proposed"
    assert "保存して、承諾を起案する" not in body(sign_in(chief).get(url))


def test_the_overview_says_what_is_owed(sign_in, clerk, enter):
    enter("accidents", is_sensitive=True)
    page = body(sign_in(clerk).get(reverse("registers")))
    assert "令和8年11月25日" in page
    assert "実施してください" in page
    assert "まだ受けていない職員" in page


def test_a_reader_without_the_right_to_enter_sees_no_buttons(sign_in, enter, chief):
    row = enter("contracts")
    page = body(sign_in(chief).get(reverse("register-entry", args=["contracts", row.public_id])))
    assert "訂正する" not in page
    assert "添付する" not in page
    assert sign_in(chief).get(reverse("register-edit", args=["contracts", row.public_id])).status_code == 403
    assert Contract.objects.get().version == 1


def test_an_unknown_register_is_not_found(sign_in, clerk):
    assert sign_in(clerk).get(reverse("register", args=["nothing"])).status_code == 404


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        ("self-checks", "fiscal_year", "1"), ("self-checks", "fiscal_year", "99999999999"),
        ("accidents", "persons", "3000000000"), ("accidents", "persons", "-1"), ("accidents", "known_on", "R2.11.20"),
        ("trainings", "passing", "99999999999"),
    ],
)  # fmt: skip
def test_a_slip_is_said_at_its_field_and_nothing_is_kept(sign_in, clerk, office, key, field, value):
    client, register = sign_in(clerk), register_of(key)
    page = client.post(reverse("register-new", args=[key]), typed(key, office) | {field: value})
    assert page.status_code == 200
    assert 'class="error-summary"' in page.content.decode()
    assert not register.model.objects.exists()
