"""Letters about long log-ons: issued, answered, chased, closed; the PDF that goes out."""

import io
from datetime import date

import pytest
from pypdf import PdfReader

from audit.files import read_stored
from audit.models import Notice
from audit.watching import letters, work
from audit.watching.models import Letter, LetterItem, LetterPaper
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, NotFound, Refusal
from tests import factories

pytestmark = pytest.mark.django_db


def text_of(stored):
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(b"".join(read_stored(stored)))).pages)


@pytest.fixture
def issued(house, actor, storage):
    """A letter from kacho to shocho about two log-ons of the clerk."""
    found = [house.logon(), house.logon(day=date(2026, 11, 18))]
    return letters.issue(actor(house.kacho), [f.public_id for f in found])


def reply(actor, item, *, version=1, **fields):
    values = {
        "purpose": "更新認定の処理",
        "reason": "繁忙期",
        "replied_on": clock.today(),
        "replied_by": "室長 区長 次郎",
    }
    return letters.reply(actor, item.public_id, version=version, **values | fields)


class TestIssuing:
    def test_a_letter_goes_to_the_sections_manager_with_everything_it_asks(self, house, printing, issued):
        assert (issued.number, issued.addressee, issued.office) == ("点照2026-0001", house.shocho, house.ward)
        assert (issued.due_on, issued.items.count()) == (date(2026, 12, 8), 2)
        shown = text_of(issued.papers.get().stored)
        for words in (
            "照会",
            "区長　次郎",
            house.clerk.login,
            "窓口　春子",
            "11月17日08:00",
            "12時間",
            "令和8年12月8日",
            "利用目的",
        ):
            assert words.replace("　", "") in shown.replace(" ", "").replace("　", "").replace("\n", "")
        notice = Notice.objects.get(staff=house.shocho)
        assert str(issued.public_id) in notice.path

    def test_numbers_go_on_within_the_fiscal_year(self, house, actor, issued):
        second = letters.issue(actor(house.kacho), [house.logon().public_id])
        assert second.number == "点照2026-0002"
        with clock.at(date(2027, 3, 31)):
            assert letters.issue(actor(house.kacho), [house.logon().public_id]).number == "点照2026-0003"
        with clock.at(date(2027, 4, 1)):
            assert letters.issue(actor(house.kacho), [house.logon().public_id]).number == "点照2027-0001"

    def test_a_log_on_is_asked_about_once(self, house, actor, issued):
        assert letters.to_ask(actor(house.kacho)) == []
        with pytest.raises(Refusal, match="選んでください"):
            letters.issue(actor(house.kacho), [item.finding.public_id for item in issued.items.all()])

    def test_log_ons_of_two_sections_are_two_letters(self, house, actor, storage):
        mine, theirs = house.logon(), house.logon(factories.staff(at=house.other, name="緑 三郎"))
        assert [group.office for group in letters.to_ask(actor(house.kacho))] == [house.ward, house.other]
        with pytest.raises(Refusal, match="所属長ごとに"):
            letters.issue(actor(house.kacho), [mine.public_id, theirs.public_id])
        assert not Letter.objects.exists()

    def test_without_a_manager_it_goes_to_the_section(self, house, actor, printing):
        alone = factories.staff(at=house.other, name="緑 三郎")
        letter = letters.issue(actor(house.kacho), [house.logon(alone).public_id])
        assert letter.addressee is None
        assert "所属長" in text_of(letter.papers.get().stored)

    def test_another_offices_log_on_cannot_be_asked_about(self, house, actor):
        theirs = house.logon(factories.staff(at=house.other, name="緑 三郎"))
        with pytest.raises(Refusal, match="選んでください"):
            letters.issue(actor(house.shocho), [theirs.public_id])

    def test_ones_own_log_on_is_for_somebody_else_to_ask_about(self, house, actor):
        own = house.logon(house.shocho)
        assert letters.to_ask(actor(house.shocho)) == []
        assert letters.to_ask(actor(house.kacho))[0].findings == (own,)

    def test_a_failing_pdf_leaves_no_letter(self, house, actor, monkeypatch):
        monkeypatch.setattr(letters.documents, "letter", lambda paper: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            letters.issue(actor(house.kacho), [house.logon().public_id])
        assert not Letter.objects.exists()
        assert not Notice.objects.exists()


class TestAnswering:
    def test_the_last_answer_makes_the_letter_answered(self, house, actor, issued):
        first, second = issued.items.all()
        assert reply(actor(house.shocho), first).state == "sent"
        assert reply(actor(house.shocho), second).state == "answered"
        kept = LetterItem.objects.get(pk=first.pk)
        assert (kept.purpose, kept.replied_by, kept.recorded_by) == ("更新認定の処理", "室長 区長 次郎", house.shocho)

    def test_an_answer_can_be_corrected_until_it_is_closed(self, house, actor, issued):
        item = issued.items.first()
        reply(actor(house.shocho), item)
        reply(actor(house.shocho), item, version=2, purpose="区分変更の処理")
        item.refresh_from_db()
        assert item.purpose == "区分変更の処理"

    def test_somebody_was_quicker(self, house, actor, issued):
        reply(actor(house.shocho), issued.items.first())
        with pytest.raises(Conflict):
            reply(actor(house.kacho), issued.items.first())

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"purpose": " "}, "no-purpose"),
            ({"replied_on": date(2026, 11, 23)}, "reply-day"),
            ({"replied_on": date(2026, 11, 25)}, "reply-day"),
        ],
    )
    def test_needs_a_purpose_and_a_day_that_can_be(self, house, actor, issued, changes, code):
        with pytest.raises(Refusal) as refused:
            reply(actor(house.shocho), issued.items.first(), **changes)
        assert refused.value.code == code

    def test_nobody_answers_for_themself(self, house, actor, storage):
        letter = letters.issue(actor(house.kacho), [house.logon(house.shocho).public_id])
        with pytest.raises(Forbidden, match="自分"):
            reply(actor(house.shocho), letter.items.get())

    def test_the_auditor_reads_but_does_not_answer(self, house, actor, issued):
        with pytest.raises(Forbidden):
            reply(actor(house.auditor), issued.items.first())

    def test_another_office_does_not_see_it(self, house, actor, issued):
        outsider = factories.staff("findings.view", "findings.enter", at=house.other, name="緑 三郎")
        with pytest.raises(NotFound):
            reply(actor(outsider), issued.items.first())
        with pytest.raises(NotFound):
            letters.letter_of(actor(outsider), issued.public_id)
        with pytest.raises(NotFound):
            letters.paper(actor(outsider), issued.papers.get().public_id)


class TestChasing:
    def test_only_after_the_day_has_passed(self, house, actor, printing, issued):
        with clock.at(date(2026, 12, 8)), pytest.raises(Refusal, match="過ぎてから"):
            letters.remind(actor(house.kacho), issued.public_id, version=issued.version)
        with clock.at(date(2026, 12, 9)):
            letter = letters.remind(actor(house.kacho), issued.public_id, version=issued.version)
        assert letter.due_on == date(2026, 12, 16)
        assert "督促1回目" in text_of(letter.papers.get(reminder=1).stored).replace("\n", "")
        assert Notice.objects.filter(staff=house.shocho, urgent=True).count() == 1

    def test_again_and_again(self, house, actor, issued):
        for day in (date(2026, 12, 9), date(2026, 12, 17)):
            with clock.at(day):
                letters.remind(actor(house.kacho), issued.public_id, version=Letter.objects.get().version)
        assert list(LetterPaper.objects.values_list("reminder", flat=True)) == [0, 1, 2]

    def test_it_waits_in_the_work_lists_of_both(self, house, actor, issued):
        def waiting(staff):
            return {item.label: (item.count, item.due) for item in work.waiting(actor(staff)) if item.count}

        assert waiting(house.shocho)["長時間ログオンの照会に回答する"] == (1, date(2026, 12, 8))
        assert "長時間ログオンの照会を督促する" not in waiting(house.kacho)
        with clock.at(date(2026, 12, 9)):
            assert waiting(house.kacho)["長時間ログオンの照会を督促する"] == (1, date(2026, 12, 8))

    def test_not_once_it_is_answered(self, house, actor, issued):
        for item in issued.items.all():
            reply(actor(house.shocho), item)
        with clock.at(date(2026, 12, 9)), pytest.raises(Conflict, match="待っていません"):
            letters.remind(actor(house.kacho), issued.public_id, version=Letter.objects.get().version)


class TestClosing:
    def test_when_all_is_answered(self, house, actor, issued):
        with pytest.raises(Conflict, match="回答のない"):
            letters.close(actor(house.kacho), issued.public_id, version=issued.version)
        for item in issued.items.all():
            reply(actor(house.shocho), item)
        letter = letters.close(actor(house.kacho), issued.public_id, version=Letter.objects.get().version)
        assert (letter.state, letter.closed_by, letter.closed_on) == ("closed", house.kacho, date(2026, 11, 24))
        with pytest.raises(Conflict, match="完結"):
            reply(actor(house.shocho), issued.items.first(), version=2)

    def test_not_by_whom_it_is_about(self, house, actor, storage):
        letter = letters.issue(actor(house.kacho), [house.logon(house.shocho).public_id])
        reply(actor(house.kacho), letter.items.get())
        with pytest.raises(Forbidden, match="自分"):
            letters.close(actor(house.shocho), letter.public_id, version=Letter.objects.get().version)

    def test_needs_the_right_to_decide(self, house, actor, issued):
        entering = factories.staff("findings.view", "findings.enter", at=house.ward, name="係長 一")
        with pytest.raises(Forbidden):
            letters.close(actor(entering), issued.public_id, version=issued.version)
