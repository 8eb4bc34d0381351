"""One exception family for everything that the user can act on."""

from collections.abc import Sequence


class Refusal(Exception):
    """An act that is refused with a reason and ways out.

    `code` names the refusal for tests and the API, `message` is a Japanese sentence without
    personal data, `field` the form field it belongs to, `ways` what the user can do next.
    Screens, the API (problem+json) and job issues render it the same way.
    """

    status = 400

    def __init__(self, code: str, message: str, *, field: str = "", ways: Sequence[str] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field
        self.ways = tuple(ways)


class Forbidden(Refusal):
    """The person is known, the right is missing."""

    status = 403


class NotFound(Refusal):
    """Nothing under this address that the person may see."""

    status = 404


class Conflict(Refusal):
    """The state moved since the person looked: stale version, repeated act, another one's work."""

    status = 409
