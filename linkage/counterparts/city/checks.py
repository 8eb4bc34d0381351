"""Numbers of the invented persons: obviously invented, yet with valid check digits.

Individual numbers all begin with 9999, basic pension numbers with 99; telephone numbers have area code 000.
"""

INDIVIDUAL_SPACE = 10_000_000
PENSION_SPACE = 100_000_000
# Coprime to the powers of ten above: multiplying scatters a running number without ever meeting another one.
_SCATTER = 7_654_321
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def individual_check_digit(first_eleven: str) -> int:
    """平成26年総務省令第85号 第5条: 11 less the weighted sum modulo 11; a remainder of 0 or 1 gives 0."""
    rest = sum(int(digit) * weight for digit, weight in zip(first_eleven, _WEIGHTS, strict=True)) % 11
    return 0 if rest <= 1 else 11 - rest


def individual_number(serial: int) -> str:
    """A valid individual number (個人番号) for the running number of a person, below ten million."""
    body = f"9999{serial * _SCATTER % INDIVIDUAL_SPACE:07}"
    return f"{body}{individual_check_digit(body)}"


def pension_number(serial: int) -> str:
    """An invented basic pension number (基礎年金番号) of ten digits."""
    return f"99{serial * _SCATTER % PENSION_SPACE:08}"


def resident_code(serial: int) -> str:
    """An invented 住民票コード of eleven digits; the real ones are drawn at random, these begin with 99."""
    return f"99{serial * _SCATTER % PENSION_SPACE:09}"


def insurer_number(prefecture: int, municipality: int) -> str:
    """An insurer number (保険者番号): prefecture 2, municipality 3, check digit by weights 2, 1 from the right."""
    body = f"{prefecture:02}{municipality:03}"
    products = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    total = sum(product // 10 + product % 10 for product in products)
    return f"{body}{-total % 10}"
