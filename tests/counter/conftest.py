"""A counter: an office, a clerk, people, and facilities here and elsewhere."""

from datetime import date

import pytest

from eligibility import receiving
from eligibility.acts import act_of
from eligibility.insurance import derive_person
from kaigo.common import clock
from tests import factories
from tests.walk.rows import actor_of

TODAY = date(2026, 11, 24)
HERE, ELSEWHERE = "121004", "131011"


@pytest.fixture
def today():
    with clock.at(TODAY):
        yield TODAY


class Counter:
    """What a clerk does, through the public functions."""

    def __init__(self):
        self.staff = factories.staff("eligibility.view", "eligibility.enter", "eligibility.print", name="窓口 春子")
        self.actor = actor_of(self.staff)
        self.exempt = factories.facility("あおば荘", kind="shien")
        self.abroad = factories.facility("みなと苑", insurer_number=ELSEWHERE, municipality="千代田区")
        self.next = factories.facility("やまて苑", insurer_number=ELSEWHERE, municipality="千代田区")
        self.home = factories.facility("みやこ苑")

    def person(self, **fields):
        """An insured person of the office; derived as the register would."""
        found = factories.resident(office=self.staff.office, **fields)
        derive_person(self.actor, found, "準備")
        return found

    def values(self, person, key, **typed):
        """The cleaned values of a notification, as its form gives them."""
        form = self.form(person, key, **typed)
        assert form.is_valid(), form.errors
        return form

    def form(self, person, key, **typed):
        posted = {name: value.public_id if hasattr(value, "public_id") else value for name, value in typed.items()}
        return act_of(key).form(posted, resident=person)

    def look(self, person, key, **typed):
        form = self.values(person, key, **typed)
        return receiving.preview(self.actor, person, act_of(key), form.cleaned_data)

    def receive(self, person, key, *, version=None, **typed):
        form = self.values(person, key, **typed)
        person.refresh_from_db()
        return receiving.receive(
            self.actor, self.reception(person), person, act_of(key), form.cleaned_data,
            content=form.content(), version=person.row_version if version is None else version,
        )  # fmt: skip

    def reception(self, person):
        visit = {
            "channel": "counter", "received_on": clock.today(), "visitor": "self", "visitor_name": person.name,
            "relationship": "01", "number_check": "none", "identity_documents": ["licence"],
        }  # fmt: skip
        return receiving.open_reception(self.actor, person, self.staff.office, visit)

    def entry(self, facility, day, **typed):
        return {"facility": facility, "day": day, "ground": "notice", "ground_on": day} | typed


@pytest.fixture
def counter(db, today):
    return Counter()


def spans(person):
    """The insured periods held: (category, acquired, lost, reasons)."""
    return [
        (span.category, span.acquired_on, span.lost_on, span.acquisition_reason, span.loss_reason)
        for span in receiving.held_periods(person)
    ]
