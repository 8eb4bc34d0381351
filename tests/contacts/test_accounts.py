"""口座: numbers and holders as the banks take them."""

import pytest

from eligibility.contacts.accounts import Account, AccountError, account_number, from_yucho, holder_kana


class TestYucho:
    def test_savings_symbol_and_number(self):
        assert from_yucho("10120", "12345671") == Account("018", "1", "1234567")

    def test_a_short_number_gets_zeros(self):
        assert from_yucho("14350", "7891") == Account("438", "1", "0000789")

    def test_transfer_account(self):
        assert from_yucho("00120", "123456") == Account("019", "2", "0123456")

    def test_full_width_and_hyphens_are_read(self):
        assert from_yucho("１０１２０", "1234567-1") == Account("018", "1", "1234567")

    @pytest.mark.parametrize(
        ("symbol", "number"), [("1012", "12345671"), ("20120", "12345671"), ("10120", "1"), ("10120", "12345678"),
                               ("00120", "12345678"), ("1012a", "12345671")],
    )  # fmt: skip
    def test_what_the_bank_does_not_issue_is_refused(self, symbol, number):
        with pytest.raises(AccountError):
            from_yucho(symbol, number)


class TestNumber:
    def test_zeros_in_front(self):
        assert account_number("12-345") == "0012345"

    @pytest.mark.parametrize("text", ["", "12345678", "12a"])
    def test_not_a_number(self, text):
        with pytest.raises(AccountError):
            account_number(text)


class TestHolder:
    @pytest.mark.parametrize(
        ("typed", "held"),
        [
            ("ヤマダ　タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("やまだ たろう", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("ﾔﾏﾀﾞ ﾀﾛｳ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("キャッチャー", "ｷﾔﾂﾁﾔ-"),
            ("カ）アオバ", "ｶ)ｱｵﾊﾞ"),
            ("ヴァイオレット", "ｳﾞｱｲｵﾚﾂﾄ"),
            ("abc", "ABC"),
        ],
    )
    def test_half_width_large_kana(self, typed, held):
        assert holder_kana(typed) == held

    def test_it_is_its_own_form(self):
        assert holder_kana(holder_kana("キャッチャー　ジョウジ")) == holder_kana("キャッチャー　ジョウジ")

    @pytest.mark.parametrize("typed", ["山田太郎", "", "ア" * 31, "アオバ＆コ"])
    def test_what_banks_do_not_take(self, typed):
        with pytest.raises(AccountError):
            holder_kana(typed)
