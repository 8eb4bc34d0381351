"""Rules of watching (点検): pure functions from the facts of a day to findings; no database, no clock."""

from audit.watching.rules.hit import Hit, Kind, Severity
from audit.watching.rules.thresholds import Thresholds, read

__all__ = ["Hit", "Kind", "Severity", "Thresholds", "read"]
