#!/usr/bin/env python
"""Django's command line for the portal."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "derby_portal.settings")
    if sys.argv[1:2] == ["demo"]:
        # The demo starts the database that the settings ask for, so it goes before them.
        from derby_portal.local import demo

        sys.exit(demo.main(sys.argv[2:]))
    if sys.argv[1:2] in (["migrate"], ["rotate_concern_keys"]):
        # Only the owner may change tables, and seal anew what nobody may change.
        os.environ.setdefault("DATABASE_ROLE", "owner")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
