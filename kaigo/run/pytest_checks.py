"""Pytest plugin of bin/test: shows the static checks beside the tests, above pytest's closing line."""

import json
import os
from pathlib import Path
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    path = os.environ.get("KAIGO_CHECKS")
    lines = json.loads(Path(path).read_text(encoding="utf8")) if path else []
    if lines:
        terminalreporter.section("static checks")
        for line in lines:
            terminalreporter.write_line(line, red=line.startswith("FAIL"), green=not line.startswith("FAIL"))
