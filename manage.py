#!/usr/bin/env python
"""Django's command line; commands that change the schema run under the owner role."""

import os
import sys

OWNER_COMMANDS = {"migrate", "createcachetable", "flush"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaigo.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("KAIGO_DATABASE_AS", "owner")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
