#!/usr/bin/env python3
"""Django's command line, under the database role that each command needs.

It starts the embedded server when it is not running, and stops it when nobody else uses it.
"""

import os
import signal
import sys
from contextlib import AbstractContextManager, nullcontext

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from koprogo.postgres import EmbeddedServer
from koprogo.postgres_place import ServerError

# They make tables, or work across organizations; all others run as the application.
OWNER_COMMANDS = {
    "migrate", "makemigrations", "showmigrations", "sqlmigrate", "optimizemigration", "squashmigrations",
    "create_organization", "make_demo", "make_portfolio", "verify_audit",
}  # fmt: skip
COMMANDS_WITHOUT_DATABASE = {
    "help", "--help", "-h", "version", "--version", "check", "diffsettings",
    "collectstatic", "findstatic", "makemessages", "compilemessages",
}  # fmt: skip


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
    if command in OWNER_COMMANDS:
        os.environ["KOPROGO_DATABASE_ROLE"] = "owner"
    # A process that a signal ends at once would leave the server running.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with database_for(command, sys.argv[2:]):
            execute_from_command_line(sys.argv)
    except (ServerError, ImproperlyConfigured) as error:
        sys.exit(f"{error}")


def database_for(command: str, arguments: list[str]) -> AbstractContextManager[object]:
    server = EmbeddedServer.from_environment()
    if server is None or command in COMMANDS_WITHOUT_DATABASE or {"--help", "-h"} & set(arguments):
        return nullcontext()
    return server.lease()


if __name__ == "__main__":
    main()
