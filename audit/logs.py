"""Logging without personal data: long digit runs never reach a log line."""

import logging
import re

DIGITS = re.compile(r"(?<![0-9A-Fa-f-])\d{9,15}(?![0-9A-Fa-f-])")


class NoPersonalData(logging.Filter):
    """Masks digit runs of the length of insured, addressee and individual numbers, as a last net."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = DIGITS.sub("[number]", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
