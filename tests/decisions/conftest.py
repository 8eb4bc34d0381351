"""A kind of decision over a thing in memory, and people of one office with and without the right to decide."""

import uuid
from dataclasses import dataclass, field

import pytest

from audit.actor import Actor
from audit.decisions import kinds, services
from audit.decisions.kinds import DecisionKind
from audit.models import Office, RoleAssignment, Staff
from audit.rights import File
from kaigo.common.refusal import Refusal
from tests import factories


@dataclass
class Things:
    """What is decided on: its content by id, and what was put in force or closed."""

    content: dict[uuid.UUID, str] = field(default_factory=dict)
    applied: list[uuid.UUID] = field(default_factory=list)
    closed: list[tuple[uuid.UUID, str]] = field(default_factory=list)
    barred: set[int] = field(default_factory=set)
    fails: bool = False
    people: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)

    def new(self, content="本文") -> uuid.UUID:
        public_id = uuid.uuid4()
        self.content[public_id] = content
        return public_id

    def apply(self, actor, decision):
        self.applied.append(decision.about)
        if self.fails:
            raise Refusal("cannot", "効力を生じさせられません。")


@pytest.fixture
def things():
    found = Things()
    kind = DecisionKind(
        name="test.thing",
        label="試験の件",
        file=File.LEVY,
        apply=found.apply,
        rows=lambda about: [("内容", found.content[about])],
        path=lambda about: "/",
        closed=lambda actor, decision: found.closed.append((decision.about, decision.state)),
        barred=lambda about: found.barred,
        subjects=lambda about: found.people.get(about, []),
    )
    kinds.register(kind)
    yield found
    del kinds._KINDS[kind.name]


@dataclass
class People:
    """Members of staff of one office by what they may do."""

    office: Office
    staff: dict[str, Staff]

    def actor(self, name: str) -> Actor:
        return Actor.of(Staff.objects.get(pk=self.staff[name].pk))

    def __getitem__(self, name: str) -> Actor:
        return self.actor(name)


@pytest.fixture
def people(db):
    office = factories.office()
    decide = ("levy.decide", "levy.view", "decisions.view")
    staff = {
        "proposer": factories.staff("levy.view", "levy.enter", "levy.decide", name="起案 一郎"),
        "boss": factories.staff(*decide, name="決裁 典子"),
        "deputy": factories.staff(*decide, name="次席 守"),
        "consultant": factories.staff("levy.view", name="合議 幸子"),
        "outsider": factories.staff("levy.decide", at=factories.office("緑区役所"), name="余所 次郎"),
        "clerk": factories.staff("levy.view", name="窓口 春子"),
    }
    for name, position in (("boss", "課長"), ("deputy", "課長補佐"), ("consultant", "係長")):
        Staff.objects.filter(pk=staff[name].pk).update(position=position)
    return People(office, staff)


@pytest.fixture
def propose(people, things):
    def make(by="proposer", content="本文", **more):
        about = things.new(content)
        fields = {"about": about, "office": people.office, "title": "試験の件について"} | more
        return services.propose(people[by], "test.thing", **fields)

    return make


def stand_in(people, name: str, absent: str) -> None:
    """Let somebody hold the roles of somebody absent, and only those."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from audit.services import synchronise
    from kaigo.common import clock

    for held in RoleAssignment.objects.filter(staff=people.staff[absent]):
        RoleAssignment.objects.create(
            staff=people.staff[name], role=held.role, office=held.office, kind="substitution",
            stands_in_for=people.staff[absent], period=DateRange(clock.today(), None),
        )  # fmt: skip
    synchronise(people.staff[name])
