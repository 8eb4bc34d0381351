"""Check digits of the field's numbers: individual, insurer, insured and provider number."""

from stdnum.jp import in_

from kaigo.common.refusal import Refusal

METHODS = ("none", "mod10", "mod11")
AGAIN = "番号を見直して、もう一度入れてください。"


def mod10(digits: str) -> int:
    """Modulus 10 with weights 2, 1, 2, 1 … from the right and the digits of each product added.

    The check digit of insurer numbers (保険者番号) and provider numbers (事業所番号).
    """
    total = 0
    for position, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 if position % 2 == 0 else 1)
        total += product // 10 + product % 10
    return -total % 10


def mod11(digits: str) -> int:
    """Modulus 11 with weights 2 … 7 repeating from the right; a remainder of 0 or 1 gives 0."""
    total = sum(int(digit) * (2 + position % 6) for position, digit in enumerate(reversed(digits)))
    remainder = total % 11
    return 0 if remainder <= 1 else 11 - remainder


def is_individual_number(text: str) -> bool:
    """Whether twelve digits are an individual number (個人番号) by its check digit (平成26年総務省令第85号)."""
    return _digits(text, 12) and in_.calc_check_digit(text[:-1]) == text[-1]


def is_insurer_number(text: str) -> bool:
    """Whether six digits are an insurer number (保険者番号)."""
    return _digits(text, 6) and mod10(text[:-1]) == int(text[-1])


def is_provider_number(text: str) -> bool:
    """Whether ten characters are a provider number (事業所番号).

    Providers of 総合事業 carry a letter in third place; no published rule covers their last digit, so only the
    form is checked.
    """
    if len(text) == 10 and "A" <= text[2] <= "Z":
        return _digits(text[:2] + text[3:], 9)
    return _digits(text, 10) and mod10(text[:-1]) == int(text[-1])


def insured_number(serial: int, method: str) -> str:
    """The insured number (被保険者番号) of a serial: ten digits, the last a check digit unless `method` is none.

    No national rule fixes the digit: the office's setting does. Raises ValueError for an unknown method or a
    serial that does not fit.
    """
    _known(method)
    width = 10 if method == "none" else 9
    if not 0 <= serial < 10**width:
        raise ValueError("no insured number has this serial")
    body = f"{serial:0{width}d}"
    return body if method == "none" else body + str(_check(body, method))


def is_insured_number(text: str, method: str) -> bool:
    """Whether ten characters are an insured number by the office's method; H + 9 digits is a 生活保護 number.

    Raises ValueError for an unknown method.
    """
    _known(method)
    if text[:1] == "H":
        return _digits(text[1:], 9)
    return _digits(text, 10) and (method == "none" or _check(text[:-1], method) == int(text[-1]))


def require_individual_number(text: str) -> None:
    """Raises Refusal, which does not repeat the number, unless the text is an individual number."""
    if not is_individual_number(text):
        raise _refusal("個人番号", "12桁の数字", "individual_number")


def require_insurer_number(text: str) -> None:
    """Raises Refusal unless the text is an insurer number."""
    if not is_insurer_number(text):
        raise _refusal("保険者番号", "6桁の数字", "insurer_number")


def require_provider_number(text: str) -> None:
    """Raises Refusal unless the text is a provider number."""
    if not is_provider_number(text):
        raise _refusal("事業所番号", "10桁（総合事業は3桁目が英字）", "provider_number")


def require_insured_number(text: str, method: str) -> None:
    """Raises Refusal unless the text is an insured number by the office's method."""
    if not is_insured_number(text, method):
        raise _refusal("被保険者番号", "10桁の数字（生活保護の単独受給者はHと9桁）", "insured_number")


def _refusal(name: str, shape: str, field: str) -> Refusal:
    return Refusal(
        "check-digit", f"{name}の桁数か検査数字が合いません。{name}は{shape}です。", field=field, ways=(AGAIN,)
    )


def _known(method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"unknown check digit method {method}")


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _check(body: str, method: str) -> int:
    return mod10(body) if method == "mod10" else mod11(body)
