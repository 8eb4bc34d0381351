"""The register of staff as CSV and PDF: by right, by office, logged, without secrets."""

import csv
import io
from uuid import uuid4

import pytest
from pypdf import PdfReader

from audit.models import AccessLog, Staff
from audit.personnel import checks
from audit.personnel.documents import STAFF_HEAD
from tests import factories

pytestmark = pytest.mark.django_db
CSV, PDF = "/personnel/staff.csv", "/personnel/staff.pdf"


@pytest.fixture
def exporter(city):
    return factories.staff("staff.view", "staff.export", at=city.ward, offices=[city.ward], name="出力 担当")


def rows(answer):
    text = answer.content.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_csv_holds_the_offices_people_with_their_roles_and_no_secret(city, contracts, exporter, sign_in):
    staff = contracts.granted()
    Staff.objects.filter(pk=staff.pk).update(address_key=b"\x01\x02secret")
    answer = sign_in(exporter).get(CSV)
    found = {row["利用者ID"]: row for row in rows(answer)}
    assert tuple(next(iter(found.values()))) == STAFF_HEAD
    assert found["n20260001"]["状態"] == checks.NO_PLEDGE
    assert "中央区役所" in found["n20260001"]["役割"]
    assert "緑 三郎" not in answer.content.decode()  # another office
    assert "secret" not in answer.content.decode()
    assert "md5$" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_every_export_and_print_is_in_the_access_log(city, exporter, sign_in):
    sign_in(exporter).get(CSV)
    logged = AccessLog.objects.get(file="staff", act="export")
    assert (logged.staff, logged.items, "件" in logged.reason) == (exporter, ["職員の一覧"], True)
    sign_in(city.kacho).get(PDF)
    assert AccessLog.objects.filter(file="staff", act="print", staff=city.kacho).count() == 1


def test_the_filter_counts_for_the_output_too(city, contracts, exporter, sign_in):
    contracts.granted()
    assert [row["氏名"] for row in rows(sign_in(exporter).get(CSV, {"employment": "non_regular"}))] == ["派遣 花子"]


def test_a_formula_is_written_as_text(city, exporter, sign_in):
    Staff.objects.filter(pk=city.clerk.pk).update(section="=HYPERLINK(1)", position="@SUM(A1)")
    found = {row["氏名"]: row for row in rows(sign_in(exporter).get(CSV))}["窓口 春子"]
    assert (found["係"], found["職名"]) == ("'=HYPERLINK(1)", "'@SUM(A1)")


def test_without_the_right_there_is_no_button_and_the_address_refuses(city, sign_in):
    client = sign_in(city.kacho)
    shown = client.get("/personnel/staff/").content.decode()
    assert "一覧をCSVにする" not in shown
    assert "一覧をPDFにする" in shown
    assert client.get(CSV).status_code == 403
    assert sign_in(city.shocho).get(PDF).status_code == 403


def test_the_pdf_shows_the_people(city, sign_in):
    answer = sign_in(city.kacho).get(PDF)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).replace("\n", "")
    for words in ("職員の一覧", "窓口", "緑区役所", city.clerk.login):
        assert words in text


def test_the_states_of_a_list_cost_two_queries(city, contracts, django_assert_num_queries):
    contracts.granted()
    contracts.pledged(name="委託 操作", kana="イタク", employment="contractor")
    people = list(Staff.objects.select_related("office"))
    with django_assert_num_queries(2):
        found = {row.name: reason for row, reason in checks.states(people)}
    assert found["派遣 花子"] == checks.NO_PLEDGE
    assert found["委託 操作"] == checks.ATTENDED_ONLY
    assert found["窓口 春子"] is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"is_active": False}, "無効"),
        ({"valid_until": "2026-11-23"}, "期限"),
        ({"employment": "contractor"}, "契約の終わり"),
    ],
)
def test_a_state_says_why(city, fields, words):
    Staff.objects.filter(pk=city.clerk.pk).update(**fields)
    [(_row, reason)] = checks.states([Staff.objects.get(pk=city.clerk.pk)])
    assert words in reason


def test_nothing_of_it_opens_without_signing_in(client):
    for path in (CSV, PDF, f"/personnel/staff/{uuid4()}/"):
        assert client.get(path).status_code == 302
