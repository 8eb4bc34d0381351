"""E07: the municipality's rules for passwords, and one id for one person."""

import pytest

from audit.identity.rules import CLASSES, PasswordRules, check_login_name, kinds_of, password_faults
from kaigo.common.refusal import Refusal


@pytest.mark.parametrize(
    ("password", "kinds"),
    [
        ("abc", {"英小文字"}),
        ("ABC", {"英大文字"}),
        ("aB1-", set(CLASSES)),
        ("a b", {"英小文字", "記号"}),
        ("ひみつ", {"記号"}),
        ("１２", {"記号"}),
        ("", set()),
    ],
)
def test_the_kinds_of_characters(password, kinds):
    assert kinds_of(password) == kinds


def test_a_password_has_the_length_of_the_rule():
    assert password_faults("a" * 12, PasswordRules(12)) == []
    assert password_faults("a" * 11, PasswordRules(12)) == ["12文字以上にしてください。"]
    assert password_faults("a" * 129, PasswordRules(12)) == ["128文字以下にしてください。"]


@pytest.mark.parametrize(
    ("classes", "password", "fine"),
    [(3, "abcdefgh1234", False), (3, "Abcdefgh1234", True), (4, "Abcdefgh1234", False), (4, "Abcdefgh123-", True)],
)
def test_a_password_has_the_kinds_of_the_rule(classes, password, fine):
    assert (password_faults(password, PasswordRules(12, classes)) == []) is fine


@pytest.mark.parametrize("password", ["xxmadoguchixx", "XXMADOGUCHIXX", "ｍａｄｏｇｕｃｈｉ１２３４", "0012345-secret"])
def test_a_password_does_not_contain_the_id_or_number(password):
    assert password_faults(password, PasswordRules(8), own=["madoguchi", "0012345"]) == [
        "利用者ID、職員番号、氏名を含めないでください。"
    ]


def test_a_word_of_two_letters_is_no_reason():
    assert password_faults("kokoro-no-uchi", PasswordRules(12), own=["no", ""]) == []


@pytest.mark.parametrize("login", ["kyoyo", "Kyoyo01", "窓口", "窓口２", "window-2", "guest", "ADMIN", "_test_"])
def test_an_id_that_looks_shared_is_refused(login):
    with pytest.raises(Refusal) as caught:
        check_login_name(login)
    assert (caught.value.code, caught.value.field) == ("shared-id", "login")
    assert caught.value.ways


@pytest.mark.parametrize("login", ["c012345", "yamada.t", "kyoyo.hanako", "testarossa", "windowsky"])
def test_an_id_of_a_person_is_accepted(login):
    check_login_name(login)


def test_an_office_brings_its_own_words():
    check_login_name("kyoyo", shared=["みんな"])
    with pytest.raises(Refusal):
        check_login_name("みんな1", shared=["みんな"])


@pytest.mark.parametrize(
    "password", ["臨時花子臨時花子臨時花子", "臨時 花子 臨時 花子 12", "himitsu-花子-2026", "リンジハナコリンジハナコ"]
)
def test_the_name_is_found_whole_in_parts_and_in_its_reading(password):
    own = ["r0001", "臨時花子", "臨時", "花子", "リンジハナコ", "リンジ", "ハナコ"]
    assert password_faults(password, PasswordRules(12), own=own) == ["利用者ID、職員番号、氏名を含めないでください。"]
