"""一括伺書 and 一括決裁: several under one cover, all or none."""

import pytest

from audit.decisions import batches
from audit.decisions.models import Batch, Decision
from kaigo.common.refusal import NotFound, Refusal
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(propose):
    return [propose(content=f"{n}件目") for n in (1, 2, 3)]


def ids(decisions):
    return [decision.public_id for decision in decisions]


def versions(decisions):
    return {d.public_id: str(Decision.objects.get(pk=d.pk).version) for d in decisions}


class TestGathering:
    def test_own_proposals_get_one_cover(self, people, three):
        batch = batches.gather(people["proposer"], ids(three), title="試験の件3件")
        assert set(batch.decisions.all()) == set(three)
        assert batches.gatherable(people["proposer"]) == []

    def test_one_is_too_few(self, people, three):
        with pytest.raises(Refusal, match="too-few"):
            batches.gather(people["proposer"], ids(three[:1]), title="1件")

    def test_those_of_others_cannot_be_gathered(self, people, three, propose):
        other = propose(by="deputy")
        with pytest.raises(Refusal, match="not-gatherable"):
            batches.gather(people["proposer"], ids([*three, other]), title="4件")
        assert not Batch.objects.exists()

    def test_what_somebody_acted_on_cannot_be_gathered(self, people, three):
        batches.decide(people["boss"], versions(three[:1]), approve=ids(three[:1]))
        with pytest.raises(Refusal, match="not-gatherable"):
            batches.gather(people["proposer"], ids(three), title="3件")

    def test_offices_are_not_mixed(self, people, three, propose):
        other = propose(office=factories.office("緑区役所"))
        with pytest.raises(Refusal, match="mixed"):
            batches.gather(people["proposer"], ids([*three, other]), title="4件")


class TestDeciding:
    def test_all_of_a_batch_at_once(self, people, things, three):
        assert batches.decide(people["boss"], versions(three), approve=ids(three)) == (3, 0)
        assert set(things.applied) == {d.about for d in three}

    def test_what_is_left_out_goes_back_with_the_reason(self, people, things, three):
        done = batches.decide(people["boss"], versions(three), approve=ids(three[:2]), return_reason="根拠が不足")
        assert done == (2, 1)
        assert set(things.applied) == {d.about for d in three[:2]}
        left = Decision.objects.get(pk=three[2].pk)
        assert (left.state, left.acts.last().comment) == ("returned", "根拠が不足")

    def test_leaving_one_out_needs_a_reason(self, people, things, three):
        with pytest.raises(Refusal, match="no-reason"):
            batches.decide(people["boss"], versions(three), approve=ids(three[:2]))
        assert things.applied == []

    def test_one_that_cannot_be_decided_stops_all_and_is_named(self, people, things, three):
        seen = versions(three)
        things.content[three[1].about] = "書き換え"
        with pytest.raises(Refusal) as refused:
            batches.decide(people["boss"], seen, approve=ids(three))
        assert three[1].number in refused.value.message
        assert set(Decision.objects.values_list("state", flat=True)) == {"circulating"}

    def test_another_office_s_decision_is_not_found(self, people, things, three):
        with pytest.raises(NotFound):
            batches.decide(people["outsider"], versions(three), approve=ids(three))
        assert things.applied == []
