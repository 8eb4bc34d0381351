"""Every record item of the 資格ファイル is kept somewhere, and the page of a person says what is held."""

from datetime import date

import pytest
from django.urls import reverse

from eligibility import item_document, items
from eligibility.models import Remark
from tests import factories
from tests.counter.conftest import counter, today  # noqa: F401

COUNT = 86  # record items of the file in the statement


def said(person):
    person = type(person).objects.get(pk=person.pk)
    return {item.no: value for item, value in items.values_of(person)}


class TestMapping:
    def test_every_item_of_the_statement_is_there_once(self):
        assert [item.no for item in items.items()] == list(range(1, COUNT + 1))
        assert len({item.item for item in items.items()}) == COUNT

    @pytest.mark.parametrize("item", items.items(), ids=lambda item: str(item.no))
    def test_it_is_a_column_or_a_function_of_columns(self, item):
        assert bool(item.field) != bool(item.derived)
        for source in (item.field,) if item.field else item.sources:
            assert item_document.column(source)
        if item.derived:
            assert callable(getattr(items, item.derived.rsplit(".", 1)[1]))

    def test_the_document_is_made_from_it(self):
        assert item_document.PAGE.read_text(encoding="utf-8") == item_document.text()


class TestValues:
    def test_identity_and_address(self, db):
        found = said(factories.resident(lot="2番3号", postal_code="2600001", birth_date=date(1937, 3, 4)))
        assert (found[32], found[30]) == ("山田　太郎", "ヤマダ　タロウ")
        assert (found[47], found[48]) == ("260", "0001")
        assert (found[24], found[25], found[70]) == ("12", "101", "12101")
        assert (found[38], found[39]) == ("3", "昭和12年3月4日")
        assert found[46] == "あおば市中央区都町一丁目2番3号 都町ハイツ101"

    @pytest.mark.parametrize(
        ("lot", "parts"),
        [
            ("2番3号", ("住居表示", "2", "3", "")),
            ("10番8-102号", ("住居表示", "10", "8", "102")),
            ("417番地2", ("番地", "417", "2", "")),
            ("417番地の2", ("番地", "417", "2", "")),
            ("1-2-3", ("住居表示", "1", "2", "3")),
            ("１０番８号", ("住居表示", "10", "8", "")),
            ("無番地", ("番地", "", "", "")),
            ("", ("", "", "", "")),
        ],
    )
    def test_the_numbers_of_a_lot(self, db, lot, parts):
        found = said(factories.resident(lot=lot))
        assert tuple(found[no] for no in (62, 63, 64, 65)) == parts

    def test_a_foreign_residents_status_and_names(self, db):
        found = said(
            factories.resident(
                name="NGUYEN VAN AN", is_foreign=True, alias="阮　文安", alias_kana="グエン　フミヤス", name_in_use="2",
                latin_name="NGUYEN VAN AN", residence_status="D13", residence_term="3Y",
                residence_from=date(2026, 1, 10), residence_until=date(2029, 1, 9),
            )
        )  # fmt: skip
        assert (found[31], found[33], found[34], found[35]) == ("グエン　フミヤス", "阮　文安", "通称", "NGUYEN VAN AN")
        assert (found[37], found[71], found[74]) == ("外国人（英字）", "3Y", "D13")
        assert (found[72], found[73]) == ("令和8年1月10日", "令和11年1月9日")

    def test_who_told_of_the_loss_stands_beside_it(self, counter):  # noqa: F811
        person = counter.person()
        counter.receive(person, "death", day="2026-11-20")
        found = said(person)
        assert (found[15], found[16]) == ("死亡", "令和8年11月21日")
        assert (found[17], found[18], found[20]) == (person.name, "本人", "令和8年11月24日")
        assert found[11] == ""

    def test_facilities_exemption_and_domicile(self, counter):  # noqa: F811
        person = counter.person()
        counter.receive(person, "exempt-enter", **counter.entry(counter.exempt, "2026-05-10"))
        found = said(person)
        assert (found[56], found[57], found[52]) == ("令和8年5月10日", "", "")
        assert found[58] == "対象外"

    def test_remarks_by_line(self, db):
        person = factories.resident()
        Remark.objects.create(line=2, text="眼が不自由", **factories.dated(person))
        assert [said(person)[no] for no in (59, 60, 61)] == ["", "眼が不自由", ""]

    def test_who_wrote_last(self, counter):  # noqa: F811
        found = said(counter.person())
        assert found[81]
        assert found[84]


class TestPage:
    def test_it_lists_all_and_never_the_number(self, client, counter):  # noqa: F811
        client.force_login(counter.staff)
        person = counter.person()
        page = client.get(reverse("person-record", args=[person.public_id])).content.decode()
        assert "被保険者キー氏名（漢字）" in page
        assert "昭和12年3月4日" in page

    def test_a_protected_persons_address_is_not_shown(self, client, counter):  # noqa: F811
        client.force_login(counter.staff)
        page = client.get(reverse("person-record", args=[counter.person(is_protected=True).public_id])).content.decode()
        assert "都町" not in page
