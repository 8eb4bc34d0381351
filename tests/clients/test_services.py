"""Registering, deciding, changing terms, issuing, rotating, revoking, reviewing, ending."""

from datetime import date, timedelta

import pytest
from django.db import connection

from audit.clients import queries, secrets, services
from audit.clients.models import Client, Terms, Token
from audit.clients.rules import TokenState
from audit.decisions.queries import latest
from audit.decisions.services import approve, reject, resend, return_, withdraw
from audit.models import AccessLog
from kaigo.common import clock
from kaigo.common.refusal import Conflict, Forbidden, Refusal

pytestmark = pytest.mark.django_db


def decision_on(client):
    return latest(client.terms.order_by("-id").first().public_id)


class TestRegistering:
    def test_a_new_client_waits_for_a_decision_and_can_do_nothing(self, house):
        client = house.register()
        assert queries.terms_in_force(client) is None
        assert decision_on(client).state == "circulating"
        assert dict(decision_on(client).rows)["接続元のアドレス"] == "10.0.1.0/24"
        with pytest.raises(Refusal, match="まだ承認されていません"):
            services.issue(house.actor(), client, label="x", scopes=["whoami"], valid_until=date(2027, 3, 31))
        assert not Token.objects.exists()

    def test_another_person_puts_the_terms_in_force(self, house):
        client = house.register()
        house.decide(client)
        assert queries.terms_in_force(client).settled_at == clock.now()

    def test_the_same_person_cannot_decide(self, house):
        client = house.register(by="second")
        with pytest.raises(Refusal, match="自分の件を決裁できません"):
            house.decide(client, by="second")
        assert queries.terms_in_force(client) is None

    def test_who_may_only_enter_cannot_decide(self, house):
        client = house.register()
        with pytest.raises(Forbidden):
            house.decide(client, by="keeper")

    @pytest.mark.parametrize("who", ["auditor", "decider", "outsider"])
    def test_who_may_not_enter_on_the_office_cannot_register(self, house, who):
        with pytest.raises(Forbidden):
            house.register(by=who)
        assert not Client.objects.exists()
        assert AccessLog.objects.filter(outcome="refused", file="api_clients", act="enter").exists()

    def test_a_name_stands_for_one_client_only(self, house):
        house.register()
        with pytest.raises(Conflict, match="すでに登録されています"):
            house.register()

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"rate_per_minute": 0}, "rate"),
            ({"rate_per_minute": 601}, "rate"),
            ({"networks": ["0.0.0.0/0"]}, "networks"),
            ({"networks": []}, "networks"),
        ],
    )
    def test_terms_without_bounds_are_refused(self, house, fields, code):
        with pytest.raises(Refusal) as refused:
            house.register(**fields)
        assert refused.value.code == code
        assert not Client.objects.exists()

    def test_a_scope_that_nobody_offers_cannot_be_asked_for(self, house):
        with pytest.raises(KeyError):
            house.register(scopes=["eligibility.rule_the_world"])

    def test_nobody_opens_an_office_that_they_do_not_keep(self, house):
        with pytest.raises(Refusal, match="緑区役所のAPI利用者を入力する権限がありません"):
            house.register(by="second", offices=[house.office, house.other])
        assert not Client.objects.exists()

    def test_who_decides_must_hold_the_right_on_every_office_that_is_opened(self, house):
        client = house.register(offices=[house.office, house.other])
        with pytest.raises(Refusal, match="緑区役所のAPI利用者を決定する権限がない"):
            house.decide(client, by="second")
        assert queries.terms_in_force(client) is None
        house.decide(client)
        assert queries.terms_in_force(client).offices.count() == 2

    def test_an_office_that_was_opened_before_need_not_be_opened_again(self, house):
        client = house.approved(offices=[house.office, house.other])
        more = house.wanted(offices=[house.office, house.other], rate_per_minute=100)
        services.change_terms(house.actor("second"), client, more, version=1)
        house.decide(client, by="decider")
        assert queries.terms_in_force(client).rate_per_minute == 100

    def test_a_rejected_client_stays_without_terms(self, house):
        client = house.register()
        reject(house.actor("decider"), decision_on(client), version=decision_on(client).version, reason="不要")
        assert client.terms.get().state == Terms.State.REFUSED
        assert queries.terms_in_force(client) is None

    def test_a_withdrawn_proposal_leaves_room_for_another(self, house):
        client = house.register()
        withdraw(house.actor(), decision_on(client))
        terms = services.change_terms(house.actor(), client, house.wanted(rate_per_minute=30), version=client.version)
        assert terms.state == Terms.State.PENDING

    def test_every_version_is_in_the_history(self, house):
        client = house.approved()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.metadata->>'reason', c.metadata->>'staff_name' FROM clients_termsevent e"
                " JOIN pghistory_context c ON c.id = e.pgh_context_id WHERE e.pgh_obj_id = %s ORDER BY e.pgh_id",
                [client.terms.get().pk],
            )
            rows = cursor.fetchall()
        assert rows == [("起案：API利用者の利用条件", "管理 太郎"), ("決裁：API利用者の利用条件", "決裁 典子")]


class TestCorrecting:
    def test_the_contact_changes_and_the_name_does_not(self, house):
        client = house.approved()
        facts = house.facts(contact_name="後任 一郎", name="別の名前", office=house.other)
        found = services.correct(house.actor(), client, facts, version=client.version)
        assert (found.contact_name, found.name, found.office, found.version) == (
            "後任 一郎",
            "申請管理システム",
            house.office,
            2,
        )

    def test_a_stale_form_is_refused(self, house):
        client = house.approved()
        services.correct(house.actor(), client, house.facts(), version=1)
        with pytest.raises(Conflict):
            services.correct(house.actor(), client, house.facts(contact_name="x"), version=1)


class TestChangingTerms:
    def test_less_is_in_force_at_once(self, house):
        client = house.approved(networks=["10.0.1.0/24"])
        terms = services.change_terms(
            house.actor(), client, house.wanted(networks=["10.0.1.5"], rate_per_minute=10), version=client.version
        )
        assert queries.terms_in_force(client) == terms
        assert latest(terms.public_id) is None
        assert sorted(client.terms.values_list("state", flat=True)) == ["in_force", "replaced"]

    def test_an_added_scope_waits_and_the_old_terms_hold_meanwhile(self, house, reading):
        client = house.approved()
        old = queries.terms_in_force(client)
        wanted = house.wanted(scopes=["whoami", reading.name])
        terms = services.change_terms(house.actor(), client, wanted, version=client.version)
        assert queries.terms_in_force(client) == old
        shown = dict(decision_on(client).rows)["利用できる機能"]
        assert shown == "資格の照会、自分の登録の確認（いまは：自分の登録の確認）"
        house.decide(client)
        assert queries.terms_in_force(client) == terms

    def test_one_change_at_a_time(self, house):
        client = house.approved()
        services.change_terms(house.actor(), client, house.wanted(rate_per_minute=100), version=1)
        with pytest.raises(Conflict, match="承認を待っている"):
            services.change_terms(house.actor(), client, house.wanted(rate_per_minute=120), version=2)

    def test_no_change_is_no_change(self, house):
        client = house.approved()
        with pytest.raises(Refusal, match="同じです"):
            services.change_terms(house.actor(), client, house.wanted(reason="別の理由"), version=1)

    def test_another_office_cannot(self, house):
        with pytest.raises(Forbidden):
            services.change_terms(house.actor("outsider"), house.approved(), house.wanted(rate_per_minute=1), version=1)

    def test_returned_terms_are_changed_and_sent_round_again(self, house):
        client = house.register(rate_per_minute=600)
        decision = decision_on(client)
        return_(house.actor("decider"), decision, version=decision.version, reason="多すぎる")
        terms = queries.terms_pending(client)
        services.amend_terms(house.actor(), terms, house.wanted(rate_per_minute=60), version=terms.version)
        decision.refresh_from_db()
        resend(house.actor(), decision, version=decision.version, comment="直しました")
        house.decide(client)
        assert queries.terms_in_force(client).rate_per_minute == 60

    def test_terms_that_are_being_decided_cannot_be_changed_under_the_deciders(self, house):
        client = house.register()
        terms = queries.terms_pending(client)
        with pytest.raises(Conflict, match="差し戻された"):
            services.amend_terms(house.actor(), terms, house.wanted(rate_per_minute=600), version=terms.version)

    def test_what_was_changed_past_the_service_is_not_approved(self, house):
        client = house.register()
        Terms.objects.filter(client=client).update(rate_per_minute=600)
        with pytest.raises(Conflict, match="内容が変わりました"):
            house.decide(client)


class TestTokens:
    def test_the_secret_is_kept_as_a_keyed_hash_only(self, house):
        token, secret = house.issue(house.approved())
        assert secrets.WHOLE.fullmatch(secret.text)
        assert secret.text.startswith(f"{token.prefix}_")
        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text FROM clients_token t UNION ALL SELECT e::text FROM clients_tokenevent e")
            kept = "".join(row[0] for row in cursor.fetchall())
        assert secret.text not in kept
        assert secret.text.split("_", 2)[2] not in kept
        assert secret.text not in repr(secret)

    def test_the_hash_depends_on_the_key_of_the_house(self, house, settings):
        token, secret = house.issue(house.approved())
        assert secrets.token_of(secret.text) == token
        settings.KAIGO_LOOKUP_KEY = "MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="
        assert secrets.token_of(secret.text) is None

    def test_two_tokens_never_share_a_secret(self):
        made = [secrets.make() for _ in range(200)]
        assert len({secret.text for secret in made}) == len({secret.digest for secret in made}) == 200

    def test_the_reporting_role_cannot_read_the_hashes(self, house, settings):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT has_table_privilege(%s, 'clients_token', 'SELECT')", [settings.DATABASE_ROLE_REPORTS]
            )
            assert cursor.fetchone()[0] is False

    @pytest.mark.parametrize("day", [date(2026, 11, 23), date(2027, 11, 25)], ids=["yesterday", "beyond the longest"])
    def test_a_last_day_out_of_bounds_is_refused(self, house, day):
        with pytest.raises(Refusal) as refused:
            house.issue(house.approved(), valid_until=day)
        assert refused.value.field == "valid_until"

    def test_the_longest_life_is_a_setting(self, house, settings):
        settings.API_TOKEN_MAX_DAYS = 30
        client = house.approved()
        house.issue(client, valid_until=date(2026, 12, 24))
        with pytest.raises(Refusal, match="令和8年12月24日まで"):
            house.issue(client, valid_until=date(2026, 12, 25))

    def test_a_token_cannot_have_more_than_its_client(self, house, reading):
        with pytest.raises(Refusal, match="利用条件にない"):
            house.issue(house.approved(), scopes=["whoami", reading.name])
        with pytest.raises(Refusal, match="1つ以上"):
            house.issue(Client.objects.get(), scopes=[])

    @pytest.mark.parametrize("who", ["auditor", "decider", "outsider"])
    def test_who_may_not_enter_cannot_issue_rotate_or_revoke(self, house, who):
        client = house.approved()
        token, _ = house.issue(client)
        with pytest.raises(Forbidden):
            house.issue(client, by=who)
        with pytest.raises(Forbidden):
            services.rotate(house.actor(who), token, valid_until=date(2027, 3, 31), overlap_hours=0, version=1)
        with pytest.raises(Forbidden):
            services.revoke(house.actor(who), token, reason="x")
        assert queries.state_of(Token.objects.get()) is TokenState.LIVE


class TestRotating:
    def rotate(self, house, token, **fields):
        values = {"valid_until": date(2027, 6, 30), "overlap_hours": 24, "version": token.version}
        return services.rotate(house.actor(), token, **values | fields)

    def test_both_work_during_the_overlap_and_then_only_the_new_one(self, house):
        old, _ = house.issue(house.approved())
        new, _ = self.rotate(house, old)
        old.refresh_from_db()
        assert (new.replaces, new.label, new.scopes) == (old, old.label, old.scopes)
        assert queries.state_of(old) is TokenState.CLOSING
        with clock.at(clock.now() + timedelta(hours=23, minutes=59)):
            assert queries.state_of(old).usable
        with clock.at(clock.now() + timedelta(hours=24)):
            assert queries.state_of(old) is TokenState.REPLACED
            assert queries.state_of(new) is TokenState.LIVE

    def test_without_overlap_the_old_one_ends_now(self, house):
        old, _ = house.issue(house.approved())
        self.rotate(house, old, overlap_hours=0)
        assert queries.state_of(Token.objects.get(pk=old.pk)) is TokenState.REPLACED

    @pytest.mark.parametrize("hours", [-1, 169])
    def test_an_overlap_out_of_bounds_is_refused(self, house, hours):
        old, _ = house.issue(house.approved())
        with pytest.raises(Refusal, match="168時間まで"):
            self.rotate(house, old, overlap_hours=hours)

    def test_a_token_is_rotated_once_and_only_while_it_lives(self, house):
        old, _ = house.issue(house.approved())
        self.rotate(house, old)
        old.refresh_from_db()
        with pytest.raises(Conflict, match="交換中"):
            self.rotate(house, old)
        revoked = services.revoke(house.actor(), Token.objects.exclude(pk=old.pk).get(), reason="漏えいのおそれ")
        with pytest.raises(Conflict):
            self.rotate(house, revoked)

    def test_a_scope_that_the_terms_lost_is_not_carried_over(self, house, reading):
        client = house.approved(scopes=["whoami", reading.name])
        old, _ = house.issue(client)
        services.change_terms(house.actor(), client, house.wanted(scopes=["whoami"]), version=1)
        new, _ = self.rotate(house, old)
        assert new.scopes == ["whoami"]


class TestEnding:
    def test_revoking_is_at_once_and_once(self, house):
        token, _ = house.issue(house.approved())
        found = services.revoke(house.actor(), token, reason="漏えいのおそれ")
        assert (queries.state_of(found), found.revoked_by.name) == (TokenState.REVOKED, "管理 太郎")
        again = services.revoke(house.actor("second"), token, reason="別の理由")
        assert (again.revoked_reason, again.revoked_by.name) == ("漏えいのおそれ", "管理 太郎")

    def test_revoking_needs_a_reason(self, house):
        token, _ = house.issue(house.approved())
        with pytest.raises(Refusal, match="理由"):
            services.revoke(house.actor(), token, reason=" ")

    def test_an_ended_client_has_no_token_left_and_gets_none(self, house):
        client = house.approved()
        house.issue(client)
        house.issue(client, label="検証")
        ended = services.end_client(house.actor(), client, reason="契約の終了", version=client.version)
        assert queries.live_tokens(ended).count() == 0
        assert set(ended.tokens.values_list("revoked_reason", flat=True)) == {"廃止：契約の終了"}
        for act in (
            lambda: house.issue(client),
            lambda: services.change_terms(house.actor(), client, house.wanted(rate_per_minute=1), version=2),
            lambda: services.correct(house.actor(), client, house.facts(), version=2),
            lambda: services.end_client(house.actor(), client, reason="x", version=2),
        ):
            with pytest.raises(Conflict, match="廃止されています"):
                act()

    def test_terms_decided_after_the_end_do_not_wake_it(self, house):
        client = house.register()
        services.end_client(house.actor(), client, reason="取りやめ", version=client.version)
        decision = decision_on(client)
        with pytest.raises(Conflict, match="廃止されています"):
            approve(house.actor("decider"), decision, version=decision.version)
        assert queries.terms_in_force(client) is None


class TestReviewing:
    def test_a_review_says_what_was_looked_at(self, house):
        client = house.approved()
        house.issue(client)
        with clock.at(house.issue(client)[0].issued_at + timedelta(days=91)):
            found = services.review(house.actor("decider"), client, comment="利用中", version=client.version)
            assert (found.tokens, found.unused, found.staff_name) == (2, 2, "決裁 典子")

    def test_who_keeps_a_client_does_not_review_it(self, house):
        client = house.approved()
        with pytest.raises(Forbidden):
            services.review(house.actor(), client, comment="利用中", version=1)

    def test_a_review_without_words_is_none(self, house):
        with pytest.raises(Refusal, match="何を確かめたか"):
            services.review(house.actor("decider"), house.approved(), comment=" ", version=1)

    def test_it_is_due_a_year_after_the_last(self, house):
        client = house.approved()
        assert queries.review_due(client) == date(2027, 11, 24)
        with clock.at(date(2027, 11, 25)):
            assert list(queries.to_review()) == [client]
            services.review(house.actor("decider"), client, comment="利用中", version=1)
            assert list(queries.to_review()) == []
            assert queries.review_due(client) == date(2028, 11, 24)
