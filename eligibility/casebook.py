"""Registered in AppConfig.ready."""


def register() -> None:
    """Make the rule runners of this room known to check_cases."""
