"""納入通知書: what it says, to whom, on how many sheets."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from audit import jobs
from audit.actor import Actor
from audit.files import read_stored
from audit.models import AccessLog, JobFile, Office, Staff
from audit.services import bootstrap
from eligibility.models import Resident
from kaigo.common.refusal import Refusal
from levy import documents, services
from levy.models import Assessment, LevyRun, PensionRecord, TaxRecord
from tests.bench import data

pytestmark = pytest.mark.django_db
LEVIED_ON = date(data.YEAR, 6, 12)


@pytest.fixture
def people():
    bootstrap()
    return {staff.login: Actor.of(staff) for staff in Staff.objects.all()}


@pytest.fixture
def run(people):
    """The levy of thirty persons, in force."""
    data.build(30)
    return levied(people)


def levied(people):
    head = Office.objects.get(is_head=True)
    job = services.request_yearly_levy(
        people["fuka"], fiscal_year=data.YEAR, levied_on=LEVIED_ON, office=head, enqueue=False
    )
    job = jobs.execute(str(job.public_id))
    jobs.approve_job(people["kacho"], job, version=job.version, enqueue=False)
    jobs.execute(str(job.public_id))
    return LevyRun.objects.get(state="committed")


def context_of(**found):
    return documents.notice_context(Assessment.objects.filter(**found).order_by("id")[0])


def words(pdf):
    """The text of the pages, without the spaces that a renderer puts between pieces."""
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def withheld(state="1", february=2_000):
    PensionRecord.objects.update(withholding_state=state, yearly_amount=900_000, last_february_amount=february)


class TestContent:
    def test_a_notice_says_who_how_much_why_and_when(self, run):
        row = Assessment.objects.filter(instalments__method="2").order_by("id")[0]
        first, second = words(documents.premium_notice(row))
        for said in (
            "令和8年度", f"{row.premium:,}円", f"第{row.tier}段階", row.insured.insured_number, "令和8年6月12日",
            "この段階・金額になった理由", "試験太郎", "お問い合わせ先", "納期限",
        ):  # fmt: skip
            assert said in first, said
        for said in ("3か月以内", "見本県介護保険審査会", "審査請求", "あおば市を被告", "年額"):
            assert said in second, said

    def test_the_same_decision_gives_the_same_bytes(self, run):
        row = Assessment.objects.order_by("id")[0]
        assert documents.premium_notice(row) == documents.premium_notice(row)

    def test_every_sheet_has_its_mark(self, run):
        first, second = words(documents.premium_notice(Assessment.objects.order_by("id")[0]))
        assert ("1/2ページ" in first, "2/2ページ" in second) == (True, True)

    def test_the_ward_office_of_the_person_answers(self, run):
        row = Assessment.objects.select_related("insured__resident__office").order_by("id")[0]
        sender = documents.notice_context(row)["letter"].sender
        assert sender.section.startswith(row.insured.resident.office.name)
        assert sender.phone == row.insured.resident.office.phone

    def test_the_address_is_complete(self, run):
        address = context_of()["letter"].addressee.address
        assert address[0].startswith("あおば市")
        assert "区見本町1-2-3" in address[0]

    def test_the_reasons_are_those_of_the_trace(self, run):
        row = Assessment.objects.order_by("id")[0]
        reasons = documents.notice_context(row)["reasons"]
        assert any(f"第{row.tier}段階" in reason for reason in reasons)
        assert not any("端数" in reason for reason in reasons)

    def test_who_lives_alone_is_not_told_of_no_members(self, run):
        contexts = [documents.notice_context(row) for row in Assessment.objects.all()]
        assert not any("世帯員0人" in reason for context in contexts for reason in context["reasons"])


class TestCollection:
    @pytest.fixture
    def city(self, people):
        data.build(30)
        return people

    def test_ten_instalments_stand_in_two_columns(self, city):
        withheld(state="0")
        levied(city)
        rows = context_of(months=12, premium__gt=0)["ordinary"]
        assert [left.label for left, _ in rows] == [f"第{n}期" for n in range(1, 6)]
        assert [right.label for _, right in rows] == [f"第{n}期" for n in range(6, 11)]

    def test_an_odd_number_leaves_the_last_place_empty(self):
        lines = [documents.NoticeLine(f"第{n}期", "", "", "", 1) for n in range(1, 4)]
        assert documents._columns(lines)[1] == (lines[1], None)

    def test_six_withholdings(self, city):
        withheld()
        levied(city)
        context = context_of(instalments__method="1", months=12, overpaid=0)
        assert (len(context["provisional"]), len(context["main"])) == (3, 3)
        assert context["letter"].title == "介護保険料額決定通知書 兼 特別徴収開始通知書"
        assert [line.day for line in context["main"]] == ["10月15日", "12月15日", "2月15日"]

    def test_combined_collection_shows_both(self, city):
        withheld(state="2")
        levied(city)
        context = context_of(instalments__method="1", months=12)
        assert context["view"].method == "combined"
        assert context["ordinary"]
        assert context["main"]
        assert context["letter"].title.count("兼") == 2

    def test_too_much_withheld_is_said(self, city):
        withheld(february=90_000)
        levied(city)
        assert any("納め過ぎ" in note for note in context_of(overpaid__gt=0)["notes"])

    def test_unknown_income_asks_for_a_declaration(self, city):
        TaxRecord.objects.filter(resident_id=1)  # the first person's own data, replaced by a later undeclared one
        newest = TaxRecord.objects.filter(resident_id=1).values().first()
        later = newest["received_on"] + timedelta(days=30)
        TaxRecord.objects.create(**newest | {"id": None, "status": "4", "received_on": later})
        levied(city)
        context = context_of(insured_id=1)
        assert any("申告" in note for note in context["notes"])
        assert context["letter"].title


class TestTiers:
    def test_the_table_is_that_of_the_year_with_the_own_tier_marked(self, run):
        row = Assessment.objects.order_by("id")[0]
        lines = documents.notice_context(row)["tiers"]
        assert [line.tier for line in lines] == list(range(1, 14))
        assert [line.tier for line in lines if line.own] == [row.tier]
        assert [line.rows for line in lines if line.group] == [3, 2, 8]
        assert lines[0].condition == "年金等の合計 82万6,500円以下"
        assert lines[1].condition == "年金等の合計 82万6,500円を超え120万円以下"
        assert lines[2].condition == "年金等の合計 120万円を超える"
        assert lines[6].condition == "合計所得金額 120万円以上210万円未満"
        assert lines[12].condition == "合計所得金額 720万円以上"

    @pytest.mark.parametrize(
        ("yen", "said"), [(826_500, "82万6,500円"), (1_200_000, "120万円"), (809_000, "80万9,000円")]
    )
    def test_amounts_are_said_in_ten_thousands(self, yen, said):
        assert documents._man(yen) == said


class TestNames:
    def notice_for(self, run, **fields):
        row = Assessment.objects.order_by("id")[0]
        Resident.objects.filter(pk=row.insured.resident_id).update(**fields)
        return documents.premium_notice(Assessment.objects.get(pk=row.pk))

    @pytest.mark.parametrize("name", ["葛\U000e0100城　𠮷男", "髙﨑　淑子", "ANGELA MARIE GONZALEZ FERNANDEZ"])
    def test_names_are_printed_as_registered(self, run, name):
        assert len(words(self.notice_for(run, name=name))) == 2

    def test_a_long_name_and_address_still_fit_the_window(self, run):
        pdf = self.notice_for(
            run, name="マリア・フェルナンダ・サントス", town="千城台東四丁目", lot="１２３４番地の５６",
            building="グランドレジデンス千城台東弐番館１２０３号",
        )  # fmt: skip
        assert len(words(pdf)) == 2

    def test_an_address_that_does_not_fit_is_refused(self, run):
        with pytest.raises(Refusal, match="address-too-long"):
            self.notice_for(run, building="長" * 80, town="長" * 80)


class TestSamples:
    def make(self, people, run, count=5):
        head = Office.objects.get(is_head=True)
        job = services.request_sample_notices(people["fuka"], run, count=count, office=head, enqueue=False)
        return jobs.execute(str(job.public_id))

    def test_the_file_is_kept_with_the_job(self, people, run, settings, tmp_path):
        settings.STORAGES = settings.STORAGES | {
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
        }
        job = self.make(people, run)
        assert (job.state, job.counts["通知書"]) == ("done", 5)
        file = JobFile.objects.get(job=job, direction="out")
        assert len(words(b"".join(read_stored(file.stored)))) == 10
        assert "試験" not in file.name
        assert AccessLog.objects.filter(job=job, act="print", subject_count=5).exists()

    def test_protected_persons_are_left_out_and_counted(self, people, run):
        Resident.objects.filter(pk__in=[1, 2]).update(is_protected=True)
        job = self.make(people, run, 3)
        levied_of = Assessment.objects.filter(insured__resident__is_protected=True).count()
        assert job.counts["支援措置のため除いた人"] == levied_of > 0

    def test_a_notice_that_cannot_be_printed_is_listed_and_another_takes_its_place(self, people, run):
        from levy.notices import chosen

        unlucky = next(chosen(run)).insured
        Resident.objects.filter(pk=unlucky.resident_id).update(building="長" * 80)
        job = self.make(people, run, 3)
        issue = job.issues.get()
        assert (job.counts["通知書"], issue.code, issue.key) == (3, "address-too-long", unlucky.insured_number)

    def test_samples_are_spread_over_the_tiers(self, run):
        from levy.notices import chosen

        tiers = {row.tier for row in Assessment.objects.filter(run=run)}
        first = [row.tier for row, _ in zip(chosen(run), range(len(tiers)), strict=False)]
        assert len(set(first)) >= min(len(tiers), 4)

    @pytest.mark.parametrize("count", [0, 201])
    def test_the_number_is_limited(self, people, run, count):
        with pytest.raises(Refusal, match="sample-count"):
            self.make(people, run, count)

    def test_a_draft_has_no_notices(self, people, run):
        LevyRun.objects.update(state="draft")
        run.refresh_from_db()
        with pytest.raises(Refusal, match="not-in-force"):
            self.make(people, run)
