"""Tax data, public assistance and pensions: what is stored, what is refused, and what stays a secret."""

from datetime import date

import pytest
from django.db import connection

from eligibility.models import PersonKey
from kaigo.common import clock, crypto
from levy.models import AssistancePeriod, PensionRecord, TaxRecord
from tests.linkage.conftest import desk as desk
from tests.linkage.conftest import on_the_day as on_the_day
from tests.linkage.incoming import DAY, counts, person, refusals, resident

NEXT_WEEK = date(2026, 6, 12)


@pytest.fixture
def town(desk):
    """Three residents: 1, 2 and 3."""
    desk.take("JUMIN", resident(1), resident(2), resident(3))
    return desk


def next_week(desk, layout, *rows, **more):
    with clock.at(NEXT_WEEK):
        return desk.take(layout, *rows, day=NEXT_WEEK, kind=2, **more)


# --- tax


def test_a_tax_record_is_stored_with_its_file(town):
    job = town.take(
        "ZEI", person(1, 課税区分="1", 均等割額="5000", 所得割額="12300", 合計所得金額="800000", 障害者等区分="1")
    )
    found = TaxRecord.objects.get()
    assert (found.status, found.per_capita_levy, found.income_levy, found.total_income) == ("1", 5000, 12300, 800000)
    assert (found.received_on, found.changed_on, found.exempt_category) == (DAY, date(2026, 6, 1), True)
    assert (found.job_id, counts(job)) == (job.pk, (1, 1, 0, 0))


def test_a_correction_stands_beside_what_it_corrects(town):
    town.take("ZEI", person(1), person(2))
    job = next_week(town, "ZEI", person(1, 履歴番号="2", 公的年金等収入額="790000"), person(2))
    assert counts(job) == (2, 1, 1, 0)
    values = list(TaxRecord.objects.order_by("id").values_list("resident__addressee_number", "pension_revenue"))
    assert values == [(f"{1:015}", 780000), (f"{2:015}", 780000), (f"{1:015}", 790000)]


def test_two_years_of_a_person_are_two_records(town):
    assert counts(town.take("ZEI", person(1), person(1, 課税年度="2025"))) == (2, 2, 0, 0)


def test_a_tax_record_of_a_stranger_is_refused(town):
    job = town.take("ZEI", person(9), person(1))
    assert (refusals(job), counts(job)) == ([(3, "unknown-person")], (2, 1, 0, 1))
    assert job.issues.get().key == f"{9:015}"


def test_of_two_records_of_a_year_the_first_is_used(town):
    job = town.take("ZEI", person(1), person(1, 公的年金等収入額="1"))
    assert (refusals(job), TaxRecord.objects.get().pension_revenue) == ([(4, "duplicate-row")], 780000)


def test_an_older_version_than_the_stored_one_is_refused(town):
    town.take("ZEI", person(1, 履歴番号="3"))
    assert refusals(next_week(town, "ZEI", person(1, 履歴番号="2", 公的年金等収入額="1"))) == [(3, "stale-row")]


def test_another_content_in_a_second_file_of_the_same_day_is_refused(town):
    town.take("ZEI", person(1), person(2))
    job = town.take("ZEI", person(1, 履歴番号="2", 公的年金等収入額="1"), person(2))
    assert (refusals(job), counts(job)) == ([(3, "same-day-row")], (2, 0, 1, 1))


WRONG = {
    "negative-amount": {"合計所得金額": "-1"},
    "not-amount": {"公的年金等収入額": "12,000".replace(",", "A")},
    "unknown-code": {"課税区分": "9"},
    "impossible-date": {"異動年月日": "20260230"},
    "tax-contradiction": {"課税区分": "3", "所得割額": "100"},
    "out-of-range": {"課税区分": "1", "均等割額": "3000000000"},
    "not-year": {"課税年度": "8"},
}


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_tax_row_is_named_and_the_good_one_is_stored(town, code):
    job = town.take("ZEI", person(1, **WRONG[code]), person(2))
    assert (refusals(job), counts(job)) == ([(3, code)], (2, 1, 0, 1))
    assert TaxRecord.objects.get().resident.addressee_number == f"{2:015}"


def test_a_broken_off_store_leaves_no_tax_record(town, monkeypatch):
    from linkage.importing import driver

    monkeypatch.setattr(driver, "_settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        town.take("ZEI", person(1), person(9))
    assert not TaxRecord.objects.exists()


# --- public assistance


def assistance(number=1):
    rows = AssistancePeriod.objects.filter(resident__addressee_number=f"{number:015}").order_by("kind", "period")
    return [(row.kind, row.period.lower, row.period.upper) for row in rows]


def test_the_day_of_ending_belongs_to_the_period(town):
    town.take("SEIHO", person(1, 廃止年月日="20260331"))
    assert assistance() == [("1", date(2020, 4, 1), date(2026, 4, 1))]


def test_an_end_that_is_told_later_closes_the_period(town):
    town.take("SEIHO", person(1))
    assert counts(next_week(town, "SEIHO", person(1, 廃止年月日="20260531"))) == (1, 1, 0, 0)
    assert assistance() == [("1", date(2020, 4, 1), date(2026, 6, 1))]


def test_an_end_and_a_new_beginning_come_together(town):
    town.take("SEIHO", person(1))
    job = next_week(town, "SEIHO", person(1, 開始年月日="20260601"), person(1, 廃止年月日="20260531"))
    assert (refusals(job), len(assistance())) == ([], 2)


@pytest.mark.parametrize("together", [True, False])
def test_overlapping_periods_of_a_kind_are_refused(town, together):
    first, second = person(1), person(1, 開始年月日="20250401")
    jobs = (
        [town.take("SEIHO", first, second)]
        if together
        else [town.take("SEIHO", first), next_week(town, "SEIHO", second)]
    )
    assert [code for _, code in refusals(jobs[-1])] == ["overlap"]
    assert assistance() == [("1", date(2020, 4, 1), None)]


def test_a_change_that_would_run_into_a_later_period_is_refused(town):
    town.take("SEIHO", person(1, 廃止年月日="20210331"), person(1, 開始年月日="20230401"))
    job = next_week(town, "SEIHO", person(1), person(1, 開始年月日="20230401"))
    assert (refusals(job), counts(job)) == ([(3, "overlap")], (2, 0, 1, 1))


def test_what_leans_on_a_refused_change_is_refused_with_it(town):
    town.take("SEIHO", person(1, 廃止年月日="20201231"), person(1, 開始年月日="20220401"))
    # 2020 grows into 2022, which is closed at the same time as a third period begins in its place
    job = next_week(
        town, "SEIHO",
        person(1, 廃止年月日="20230331"), person(1, 開始年月日="20220401", 廃止年月日="20221231"),
        person(1, 開始年月日="20240401"),
    )  # fmt: skip
    read, stored, unchanged, refused = counts(job)
    assert (read, refused) == (3, len(refusals(job)))
    assert stored + unchanged + refused == 3
    assert {code for _, code in refusals(job)} == {"overlap"}


def test_two_kinds_may_overlap_and_a_border_case_keeps_its_tier(town):
    town.take("SEIHO", person(1), person(1, 種別="3", 開始年月日="20250401", 境界層適用段階="2"))
    assert len(assistance()) == 2
    assert AssistancePeriod.objects.get(kind="3").border_tier == 2


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("unknown-person", {"宛名番号": "000000000000009"}),
        ("ends-before-start", {"廃止年月日": "20200331"}),
        ("border-contradiction", {"種別": "3"}),
        ("missing", {"ケース番号": ""}),
    ],
)
def test_a_wrong_row_of_assistance_is_named(town, code, changes):
    job = town.take("SEIHO", person(1, **changes), person(2))
    assert (refusals(job), counts(job)) == ([(3, code)], (2, 1, 0, 1))


def test_a_repeated_row_of_assistance_is_refused(town):
    assert refusals(town.take("SEIHO", person(1), person(1))) == [(4, "duplicate-row")]


# --- pensions


def test_a_pension_is_stored_for_the_fiscal_year_with_its_number_sealed(town):
    town.take("NENKIN", person(1))
    found = PensionRecord.objects.get()
    assert (found.fiscal_year, found.yearly_amount, found.withholding_state, found.received_on) == (
        2026,
        780000,
        "1",
        DAY,
    )
    key = crypto.ring().unwrap(bytes(PersonKey.objects.get(resident=found.resident).wrapped), f"person:{1:015}")
    sealed = found.basic_pension_number
    assert crypto.unseal(key, sealed, f"basic_pension_number:{1:015}").decode() == "1234567890"
    assert bytes(found.basic_pension_lookup) == crypto.ring().lookup("1234567890", "basic_pension_number")


def test_before_april_a_pension_belongs_to_the_former_year(town):
    with clock.at(date(2027, 3, 31)):
        town.take("NENKIN", person(1), day=date(2027, 3, 31))
    assert PensionRecord.objects.get().fiscal_year == 2026


def test_a_changed_pension_updates_the_years_row(town):
    town.take("NENKIN", person(1), person(2))
    job = next_week(town, "NENKIN", person(1, 年金年額="800000"), person(2))
    assert counts(job) == (2, 1, 1, 0)
    found = PensionRecord.objects.get(resident__addressee_number=f"{1:015}")
    assert (found.yearly_amount, found.received_on) == (800000, NEXT_WEEK)
    assert found.events.count() == 2


def test_a_changed_pension_number_is_sealed_anew(town):
    town.take("NENKIN", person(1))
    next_week(town, "NENKIN", person(1, 基礎年金番号="9876543210"))
    found = PensionRecord.objects.get()
    key = crypto.ring().unwrap(bytes(PersonKey.objects.get(resident=found.resident).wrapped), f"person:{1:015}")
    assert crypto.unseal(key, found.basic_pension_number, f"basic_pension_number:{1:015}").decode() == "9876543210"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("unknown-person", {"宛名番号": "000000000000009"}),
        ("negative-amount", {"年金年額": "-5"}),
        ("out-of-range", {"年金年額": "3000000000"}),
        ("unknown-code", {"特別徴収状態": "8"}),
        ("missing", {"基礎年金番号": ""}),
    ],
)
def test_a_wrong_row_of_pensions_is_named(town, code, changes):
    job = town.take("NENKIN", person(1, **changes), person(2))
    assert (refusals(job), counts(job)) == ([(3, code)], (2, 1, 0, 1))


def test_a_repeated_pension_is_refused(town):
    assert refusals(town.take("NENKIN", person(1), person(1))) == [(4, "duplicate-row")]


def test_no_table_holds_a_pension_number_in_plain(town):
    town.take("NENKIN", person(1, 基礎年金番号="1928374655"), person(9, 基礎年金番号="1928374655"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        for (table,) in cursor.fetchall():
            for plain in ("1928374655", b"1928374655".hex()):
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{plain}%"])
                assert cursor.fetchone()[0] == 0, table


def test_assistance_and_pensions_know_who_wrote_them_and_why(town):
    town.take("SEIHO", person(1))
    town.take("NENKIN", person(1))
    for model, reason in ((AssistancePeriod, "生活保護等の取込"), (PensionRecord, "年金情報の取込")):
        context = model.objects.get().events.get().pgh_context.metadata
        assert (context["reason"], context["staff"]) == (reason, town.actor.staff_id)
        assert context["job"]
