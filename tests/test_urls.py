"""Who may open and who may post to every address of the product: one table, and nothing outside it.

What is outside what one may see is 404 (the neighbour's, a building that was not given), what one may see but not
do is 403, a stranger is sent to the sign-in page (302). A new URL fails here until somebody writes its row.
"""

from collections.abc import Callable, Iterator
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from tests.accounts.clients import client_of, colleague
from tests.factories import MembershipFactory
from tests.one_of_each import one_of_each

# Each row: GET and POST of these people, in this order. "elsewhere" is a reader to whom no building was given,
# "neighbour" the manager of another organization. POSTs carry nothing: a form that is shown again is 422.
PEOPLE = ["manager", "accountant", "assistant", "reader", "elsewhere", "owner", "neighbour", "stranger"]
ROWS: dict[str, tuple[str, str]] = {
    "account_change_password": ("200 200 200 200 200 200 200 302", "200 200 200 200 200 200 200 302"),
    "account_inactive": ("200 200 200 200 200 200 200 200", "405 405 405 405 405 405 405 405"),
    "account_login": ("302 302 302 302 302 302 302 200", "302 302 302 302 302 302 302 200"),
    "account_logout": ("200 200 200 200 200 200 200 302", "302 302 302 302 302 302 302 302"),
    "account_reauthenticate": ("200 200 200 200 200 200 200 302", "200 200 200 200 200 200 200 302"),
    "account_reset_password": ("200 200 200 200 200 200 200 200", "200 200 200 200 200 200 200 200"),
    "account_reset_password_done": ("200 200 200 200 200 200 200 200", "405 405 405 405 405 405 405 405"),
    "account_reset_password_from_key": ("200 200 200 200 200 200 200 200", "200 200 200 200 200 200 200 200"),
    "account_reset_password_from_key_done": ("200 200 200 200 200 200 200 200", "405 405 405 405 405 405 405 405"),
    "account_set_password": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "accounts:accept_invitation": ("410 410 410 410 410 410 410 410", "410 410 410 410 410 410 410 410"),
    "accounts:change_role": ("200 403 403 403 403 403 404 302", "422 403 403 403 403 403 404 302"),
    "accounts:end_membership": ("200 403 403 403 403 403 404 302", "302 403 403 403 403 403 404 302"),
    "accounts:end_other_sessions": ("405 405 405 405 405 405 405 302", "302 302 302 302 302 302 302 302"),
    "accounts:end_session": ("405 405 405 405 405 405 405 302", "404 404 404 404 404 404 404 302"),
    "accounts:invite": ("200 403 403 403 403 403 200 302", "422 403 403 403 403 403 422 302"),
    "accounts:invite_again": ("405 405 405 405 405 405 405 302", "302 403 403 403 403 403 404 302"),
    "accounts:organizations": ("200 200 200 200 200 200 200 302", "404 404 404 404 404 404 404 302"),
    "accounts:profile": ("200 200 200 200 200 200 200 302", "200 200 200 200 200 200 200 302"),
    "accounts:require_second_factor": ("405 405 405 405 405 405 405 302", "302 403 403 403 403 403 302 302"),
    "accounts:staff_enter": ("405 405 405 405 405 405 405 302", "404 404 404 404 404 404 404 302"),
    "accounts:staff_leave": ("405 405 405 405 405 405 405 302", "404 404 404 404 404 404 404 302"),
    "accounts:team": ("200 403 403 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "buildings:access": ("200 403 403 403 403 403 404 302", "302 403 403 403 403 403 404 302"),
    "buildings:archive": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "buildings:create": ("200 200 200 403 403 403 200 302", "422 422 422 403 403 403 422 302"),
    "buildings:detail": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "buildings:edit": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "buildings:expenses": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "buildings:holders": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "buildings:keys": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "buildings:list": ("200 200 200 200 200 403 200 302", "405 405 405 405 405 405 405 302"),
    "buildings:new_key": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "buildings:new_unit": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "buildings:restore": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "buildings:shares": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "buildings:shares_version": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "buildings:units": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "buildings:weights": ("200 200 200 403 403 403 404 302", "302 302 302 403 403 403 404 302"),
    "desk:history": ("200 200 200 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "desk:home": ("200 200 200 200 200 200 200 302", "405 405 405 405 405 405 405 302"),
    "desk:journal": ("200 403 403 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "desk:journal_xlsx": ("200 403 403 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "expenses:add_attachments": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "expenses:apportionment_pdf": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:approve": ("405 405 405 405 405 405 405 302", "302 302 403 403 403 403 404 302"),
    "expenses:approve_ticked": ("405 405 405 405 405 405 405 302", "302 302 403 403 403 403 302 302"),
    "expenses:attachment": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:charges": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:charges_pdf": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:charges_xlsx": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:closings": ("200 200 200 200 404 403 404 302", "422 422 403 403 403 403 404 302"),
    "expenses:create": ("200 200 200 403 403 403 200 302", "422 422 422 403 403 403 422 302"),
    "expenses:correct": ("302 302 302 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "expenses:credit_note": ("404 404 404 403 403 403 404 302", "404 404 404 403 403 403 404 302"),
    "expenses:delete": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "expenses:detail": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:edit": ("302 302 302 403 403 403 404 302", "302 302 302 403 403 403 404 302"),
    "expenses:list": ("200 200 200 200 200 403 200 302", "405 405 405 405 405 405 405 302"),
    "expenses:pay": ("405 405 405 405 405 405 405 302", "302 302 403 403 403 403 404 302"),
    "expenses:pending_paper": ("200 404 404 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:reject": ("405 405 405 405 405 405 405 302", "302 302 403 403 403 403 404 302"),
    "expenses:reopen": ("405 405 405 405 405 405 405 302", "404 404 403 403 403 403 404 302"),
    "expenses:remove_attachment": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "expenses:submit": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "expenses:submit_ticked": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 302 302"),
    "expenses:supplier": ("200 200 200 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "expenses:supplier_archive": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "expenses:supplier_create": ("200 200 200 403 403 403 200 302", "422 422 422 403 403 403 422 302"),
    "expenses:supplier_edit": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "expenses:supplier_restore": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "expenses:suppliers": ("200 200 200 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "expenses:take_back": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "expenses:withdraw": ("405 405 405 405 405 405 405 302", "302 302 403 403 403 403 404 302"),
    "expenses:unpay": ("405 405 405 405 405 405 405 302", "302 302 403 403 403 403 404 302"),
    "gallery": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "jobs:cancel": ("405 405 405 405 405 405 405 302", "302 403 403 403 403 403 404 302"),
    "jobs:detail": ("200 200 200 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "jobs:list": ("200 200 200 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "keys:archive": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "keys:delete_readings": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "keys:edit": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "keys:edit_readings": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "keys:new_readings": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "keys:readings": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "keys:restore": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "keys:version": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "mfa_activate_totp": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_add_webauthn": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_authenticate": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_deactivate_totp": ("404 404 404 404 404 404 404 302", "404 404 404 404 404 404 404 302"),
    "mfa_generate_recovery_codes": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_index": ("200 200 200 200 200 200 200 302", "405 405 405 405 405 405 405 302"),
    "mfa_list_webauthn": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_login_webauthn": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_reauthenticate": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_reauthenticate_webauthn": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_remove_webauthn": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "mfa_view_recovery_codes": ("404 404 404 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "ops:empty": ("200 200 200 200 200 403 200 302", "405 405 405 405 405 405 405 302"),
    "ops:load_tests": ("404 404 404 404 404 404 404 302", "404 404 404 404 404 404 404 302"),
    "ops:remove_load_test": ("405 405 405 405 405 405 405 302", "404 404 404 404 404 404 404 302"),
    "ops:report": ("404 404 404 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "ops:report_pdf": ("404 404 404 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "owners:access": ("404 403 403 403 403 403 404 302", "404 403 403 403 403 403 404 302"),
    "owners:archive": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "owners:create": ("200 200 200 403 403 403 200 302", "422 422 422 403 403 403 422 302"),
    "owners:detail": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "owners:edit": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "owners:list": ("200 200 200 200 200 403 200 302", "405 405 405 405 405 405 405 302"),
    "owners:restore": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "privacy:answer": ("405 405 405 405 405 405 405 302", "422 403 403 403 403 403 404 302"),
    "privacy:create": ("200 403 403 403 403 403 404 302", "422 403 403 403 403 403 404 302"),
    "privacy:detail": ("200 403 403 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "privacy:erase": ("200 403 403 403 403 403 404 302", "422 403 403 403 403 403 404 302"),
    "privacy:export_json": ("200 403 403 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "privacy:export_pdf": ("200 403 403 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "privacy:extend": ("405 405 405 405 405 405 405 302", "302 403 403 403 403 403 404 302"),
    "privacy:flags": ("405 405 405 405 405 405 405 302", "302 403 403 403 403 403 404 302"),
    "privacy:holds": ("200 403 403 403 403 403 200 302", "422 403 403 403 403 403 422 302"),
    "privacy:lift": ("405 405 405 405 405 405 405 302", "302 403 403 403 403 403 404 302"),
    "privacy:list": ("200 403 403 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "privacy:owner": ("200 403 403 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "privacy:prepare": ("405 405 405 405 405 405 405 302", "302 403 403 403 403 403 404 302"),
    "privacy:prepared_json": ("200 403 403 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "privacy:prepared_pdf": ("200 403 403 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "privacy:retention": ("200 403 403 403 403 403 200 302", "422 403 403 403 403 403 422 302"),
    "takeover:confirm": ("405 405 405 405 405 405 405 302", "302 302 403 403 403 403 404 302"),
    "takeover:detail": ("200 200 403 403 403 403 404 302", "405 405 405 405 405 405 405 302"),
    "takeover:template": ("200 200 403 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "takeover:upload": ("200 200 403 403 403 403 200 302", "422 422 403 403 403 403 422 302"),
    "units:archive": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
    "units:change": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "units:detail": ("200 200 200 200 404 403 404 302", "405 405 405 405 405 405 405 302"),
    "units:edit": ("200 200 200 403 403 403 404 302", "422 422 422 403 403 403 404 302"),
    "units:found_owners": ("200 200 200 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "units:list": ("200 200 200 200 200 403 200 302", "405 405 405 405 405 405 405 302"),
    "units:restore": ("405 405 405 405 405 405 405 302", "302 302 302 403 403 403 404 302"),
}

# What an address with a number in it is asked for.
ARGUMENTS: dict[str, Callable[[dict[str, int]], list[Any]]] = {
    "accounts:accept_invitation": lambda ids: ["1-x"],
    "accounts:change_role": lambda ids: [ids["membership"]],
    "accounts:end_membership": lambda ids: [ids["membership"]],
    "accounts:end_session": lambda ids: ["0"],
    "accounts:invite_again": lambda ids: [ids["membership"]],
    "mfa_remove_webauthn": lambda ids: [1],
    "account_reset_password_from_key": lambda ids: ["1", "x"],
    "buildings:access": lambda ids: [ids["membership"]],
    "desk:history": lambda ids: ["units_unit", ids["unit"]],
    "ops:remove_load_test": lambda ids: [1],
    "owners:access": lambda ids: [ids["membership"]],
    "expenses:attachment": lambda ids: [ids["expense"], ids["attachment"]],
    "expenses:pending_paper": lambda ids: [ids["pending"]],
    "expenses:remove_attachment": lambda ids: [ids["expense"], ids["attachment"]],
    "units:change": lambda ids: [ids["unit"], "sale"],
    "keys:delete_readings": lambda ids: [ids["meter"], date(2025, 1, 1)],
    "keys:edit_readings": lambda ids: [ids["meter"], date(2025, 1, 1)],
    "keys:new_readings": lambda ids: [ids["meter"]],
    "keys:readings": lambda ids: [ids["meter"]],
    "expenses:charges": lambda ids: [ids["building"]],
    **{f"expenses:supplier{step}": lambda ids: [ids["supplier"]] for step in ["", "_archive", "_edit", "_restore"]},
    "expenses:charges_pdf": lambda ids: [ids["building"]],
    "expenses:charges_xlsx": lambda ids: [ids["building"]],
    "expenses:closings": lambda ids: [ids["building"]],
    "expenses:reopen": lambda ids: [ids["building"], 1],
    **{f"privacy:{step}": lambda ids: [ids["request"]] for step in ["answer", "detail", "extend"]},
    "privacy:lift": lambda ids: [ids["hold"]],
    **{f"privacy:prepared_{ending}": lambda ids: [ids["copy"]] for ending in ["json", "pdf"]},
}
OF_ROOM = {"buildings": "building", "units": "unit", "keys": "key", "owners": "owner", "expenses": "expense",
           "jobs": "job", "privacy": "owner", "takeover": "takeover"}  # fmt: skip


def routes(resolver: URLResolver, space: str = "", above: str = "") -> Iterator[tuple[str, str]]:
    """(name, route) of every address but the admin's, which tests/accounts/test_staff.py walks."""
    for each in resolver.url_patterns:
        route = f"{above}{each.pattern}"
        if not isinstance(each, URLResolver):
            yield f"{space}{each.name}", route
        elif each.namespace != "admin":
            yield from routes(each, f"{space}{each.namespace}:" if each.namespace else space, route)


URLS = dict(routes(get_resolver()))


def path_of(name: str, ids: dict[str, int]) -> str:
    if name in ARGUMENTS:
        return reverse(name, args=ARGUMENTS[name](ids))
    return reverse(name, args=[ids[OF_ROOM[name.partition(":")[0]]]] if "<" in URLS[name] else [])


@pytest.fixture
def world(office: Membership, tmp_path: Path, settings: Any) -> tuple[dict[str, int], dict[str, Client]]:
    """An id of each kind in one office, and everybody's browser."""
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    ids = one_of_each(office)
    reader = Membership.objects.get(pk=ids["membership"])
    members = [office, *(colleague(office, role) for role in ["accountant", "assistant"]), reader,
               colleague(office, Role.READER), colleague(office, Role.OWNER), MembershipFactory()]  # fmt: skip
    return ids, dict(zip(PEOPLE, [*map(client_of, members), Client()], strict=True))


def test_every_address_has_its_row() -> None:
    assert sorted(URLS.keys() - ROWS.keys()) == [], "write who may in ROWS"
    assert sorted(ROWS.keys() - URLS.keys()) == [], "these addresses are gone"


def test_who_may(world: tuple[dict[str, int], dict[str, Client]]) -> None:
    ids, clients = world
    paths = {name: path_of(name, ids) for name in ROWS}
    found = {name: (_statuses(clients, "get", path), _statuses(clients, "post", path)) for name, path in paths.items()}
    assert found == ROWS


def _statuses(clients: dict[str, Client], method: str, path: str) -> str:
    return " ".join(str(_status(client, method, path)) for client in clients.values())


def _status(signed_in: Client, method: str, path: str) -> int:
    """In a browser of its own and undone afterwards: signing out, say, ends nothing for the next."""
    client = Client()
    client.cookies = copy(signed_in.cookies)
    cache.clear()
    with transaction.atomic():
        answer = getattr(client, method)(path)
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    return int(answer.status_code)
