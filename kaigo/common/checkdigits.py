"""Check digits of the field's numbers: individual, insurer, insured and provider number."""

from stdnum.exceptions import ValidationError
from stdnum.jp import in_

from kaigo.common.refusal import Refusal

METHODS = ("none", "mod10", "mod11")


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
    if len(text) != 12 or not (text.isascii() and text.isdigit()):
        return False
    try:
        in_.validate(text)
    except ValidationError:
        return False
    return True


def is_insurer_number(text: str) -> bool:
    """Whether six digits are an insurer number (保険者番号)."""
    return _digits(text, 6) and mod10(text[:-1]) == int(text[-1])


def is_provider_number(text: str) -> bool:
    """Whether ten characters are a provider number (事業所番号); 総合事業 providers carry a letter in third place."""
    if len(text) != 10 or not text.isascii():
        return False
    kind = text[2]
    if "A" <= kind <= "Z":
        return (text[:2] + text[3:]).isdigit()
    return text.isdigit() and mod10(text[:-1]) == int(text[-1])


def insured_number(serial: int, method: str) -> str:
    """The insured number (被保険者番号) of a serial: ten digits, the last a check digit unless `method` is none.

    Raises ValueError for an unknown method or a serial that does not fit.
    """
    if method not in METHODS:
        raise ValueError(f"unknown check digit method {method}")
    width = 10 if method == "none" else 9
    body = f"{serial:0{width}d}"
    if len(body) > width:
        raise ValueError("no insured number is left")
    return body if method == "none" else body + str(_check(body, method))


def is_insured_number(text: str, method: str) -> bool:
    """Whether ten characters are an insured number by the office's method; H + 9 digits is a 生活保護 number."""
    if len(text) == 10 and text[0] == "H":
        return text[1:].isascii() and text[1:].isdigit()
    return _digits(text, 10) and (method == "none" or _check(text[:-1], method) == int(text[-1]))


def require_insured_number(text: str, method: str) -> None:
    """Raises Refusal unless the text is an insured number."""
    if not is_insured_number(text, method):
        raise Refusal("check-digit", "被保険者番号の検査数字が合いません。番号を確かめてください。", field="insured_number")


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _check(body: str, method: str) -> int:
    return mod10(body) if method == "mod10" else mod11(body)

