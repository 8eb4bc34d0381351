"""Check digits: published numbers pass, every single wrong digit is caught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaigo.common.checkdigits import (
    insured_number,
    is_individual_number,
    is_insured_number,
    is_insurer_number,
    is_provider_number,
    mod10,
    mod11,
    require_individual_number,
    require_insured_number,
    require_insurer_number,
    require_provider_number,
)
from kaigo.common.refusal import Refusal


def wrong_by_one_digit(number: str) -> list[str]:
    return [
        number[:place] + digit + number[place + 1 :]
        for place in range(len(number))
        for digit in "0123456789"
        if digit != number[place]
    ]


def test_published_vectors():
    assert mod10("3312001") == 5
    assert [mod10(body) for body in ("12100", "14100", "27100")] == [4, 2, 7]
    assert [mod10(body) for body in ("12101", "12102", "12103", "12104", "12105", "12106")] == [2, 0, 8, 6, 3, 1]
    assert is_individual_number("123456789018")


@pytest.mark.parametrize("number", ["121004", "141002", "271007", "121012", "121061"])
def test_insurer_numbers(number):
    assert is_insurer_number(number)
    require_insurer_number(number)
    assert not any(map(is_insurer_number, wrong_by_one_digit(number)))


def test_the_jis_code_of_the_same_city_is_no_insurer_number():
    assert not is_insurer_number("121002")


@given(st.integers(0, 10**11 - 1))
def test_a_wrong_digit_in_an_individual_number_is_noticed(body):
    digits = f"{body:011d}"
    numbers = [digits + check for check in "0123456789" if is_individual_number(digits + check)]
    assert len(numbers) == 1
    # A remainder of 0 or 1 gives the same digit 0, so the method may miss one wrong digit then, never otherwise.
    missed = [wrong for wrong in wrong_by_one_digit(numbers[0]) if is_individual_number(wrong)]
    assert not missed or numbers[0].endswith("0")


def test_a_wrong_digit_in_the_published_individual_number_is_always_noticed():
    assert not any(map(is_individual_number, wrong_by_one_digit("123456789018")))


def test_provider_numbers():
    number = "127010001" + str(mod10("127010001"))
    assert is_provider_number(number)
    assert not any(map(is_provider_number, wrong_by_one_digit(number)))
    assert is_provider_number("12A0100017")
    require_provider_number("12A0100017")
    assert not any(
        map(is_provider_number, ("A2A0100017", "12a0100017", "12A010001", "1270100", "", "１２７０１０００１０"))
    )


@given(st.integers(0, 10**9 - 1), st.sampled_from(["mod10", "mod11"]))
def test_an_insured_number_carries_its_check_digit(serial, method):
    number = insured_number(serial, method)
    assert len(number) == 10
    assert is_insured_number(number, method)
    wrong = [number[:-1] + digit for digit in "0123456789" if digit != number[-1]]
    assert not any(is_insured_number(other, method) for other in wrong)


@given(st.integers(0, 10**9 - 1))
def test_mod10_notices_every_single_wrong_digit(serial):
    number = insured_number(serial, "mod10")
    assert not any(is_insured_number(wrong, "mod10") for wrong in wrong_by_one_digit(number))


def test_mod11_weights_run_from_two_to_seven_and_begin_again():
    assert mod11("1") == 9
    assert mod11("100000") == 4
    assert mod11("1000000") == 9
    assert mod11("0") == 0
    assert mod11("6") == 0  # remainder 1: no single digit can stand for ten


def test_an_office_without_check_digits_takes_any_ten_digits():
    assert insured_number(42, "none") == "0000000042"
    assert is_insured_number("0000000043", "none")
    assert not is_insured_number("000000004", "none")


def test_numbers_of_public_assistance():
    assert is_insured_number("H123456789", "mod10")
    assert not is_insured_number("H12345678", "mod10")
    assert not is_insured_number("H12345678X", "mod10")


@pytest.mark.parametrize("serial", [-1, 10**9])
def test_a_serial_that_does_not_fit_is_a_defect(serial):
    with pytest.raises(ValueError, match="serial"):
        insured_number(serial, "mod10")


def test_an_unknown_method_is_a_defect():
    with pytest.raises(ValueError, match="mod12"):
        insured_number(1, "mod12")
    with pytest.raises(ValueError, match="mod12"):
        is_insured_number("H123456789", "mod12")


@pytest.mark.parametrize(
    ("check", "number", "field"),
    [
        (require_individual_number, "123456789019", "individual_number"),
        (require_individual_number, "12345678901", "individual_number"),
        (require_individual_number, "12345678901８", "individual_number"),
        (require_insurer_number, "121005", "insurer_number"),
        (require_provider_number, "1234567890", "provider_number"),
        (lambda text: require_insured_number(text, "mod10"), "0000000001", "insured_number"),
    ],
)
def test_a_refusal_names_the_field_and_keeps_the_number_to_itself(check, number, field):
    with pytest.raises(Refusal) as caught:
        check(number)
    assert caught.value.code == "check-digit"
    assert caught.value.field == field
    assert caught.value.ways
    assert number not in str(caught.value)
