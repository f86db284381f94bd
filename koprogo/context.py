"""Who is at work on this connection: organization, person, address, request.

PostgreSQL reads it: row-level security compares `koprogo.organization`, the audit's triggers write the rest
into each event. It lives on the connection, so every request and every task begins by setting it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection
from psycopg.pq import TransactionStatus

from koprogo.statements import command

# Events that belong to no organization (a failed sign-in) carry this instead of NULL: one equality finds them.
NO_ORGANIZATION = 0
COMMAND_LINE = "command line"  # the actor of what no person did in a browser


class Context(NamedTuple):
    """Texts as PostgreSQL keeps them; "" is none. `actor` is a user's id, or a word such as "command line"."""

    organization: str = ""
    actor: str = ""
    ip: str = ""
    request: str = ""


SETTINGS = [f"koprogo.{field}" for field in Context._fields]
_SET = "SELECT " + ", ".join(f"set_config('{name}', %s, false)" for name in SETTINGS)
_GET = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS)


def enter(context: Context) -> None:
    """Set the whole context of this connection."""
    with connection.cursor() as cursor:
        cursor.execute(_SET, context)


def current() -> Context:
    """The context of this connection, as PostgreSQL has it."""
    with connection.cursor() as cursor:
        cursor.execute(_GET)
        return Context(*cursor.fetchone())


def leave() -> None:
    """No organization, nobody: nothing of any organization can be seen."""
    enter(Context())


@contextmanager
def working_as(*, organization_id: int, actor: str | int, request: str = "") -> Iterator[None]:
    """Work for one organization outside a request (task, command, test), then restore what was."""
    before = current()
    if connection.in_atomic_block:
        judge_deferred_rules()
    enter(Context(str(organization_id), str(actor), before.ip, request or before.request))
    try:
        yield
        if connection.in_atomic_block:
            judge_deferred_rules()
    finally:
        # In a broken transaction nothing can be set; the rollback that must follow restores it by itself.
        if not _is_broken():
            enter(before)


def judge_deferred_rules() -> None:
    """Now and not at commit: another organization may be current then, or nobody could tell the person any more."""
    command("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _is_broken() -> bool:
    return connection.needs_rollback or connection.connection.info.transaction_status == TransactionStatus.INERROR
