"""The organization and the person of a request: set at its start, never left over from another.

Requests here go to a page that says what PostgreSQL sees, among the product's own.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.handlers.wsgi import WSGIHandler
from django.db import DataError, IntegrityError, connection, connections, transaction
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone

from apps.accounts.models import Membership, Session
from apps.accounts.services import choose_organization
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses.models import Expense
from koprogo import context, urls
from tests.accounts.clients import client_in, client_of
from tests.conftest import owner_connection
from tests.factories import BuildingFactory, MembershipFactory, UserFactory, building_with_lots, expense_of

pytestmark = pytest.mark.urls(__name__)


# --- The pages that tell ---
@login_not_required
def tell(request: HttpRequest) -> JsonResponse:
    names = Building.objects.order_by("name").values_list("name", flat=True)
    organization = request.organization  # type: ignore[attr-defined]
    return JsonResponse(
        {
            "context": context.current()._asdict(),
            "buildings": list(names),
            "organization": organization.pk if organization else None,
            "user": request.user.pk,
        }
    )


@login_not_required
def die(request: HttpRequest) -> JsonResponse:
    list(Building.objects.all())
    raise RuntimeError


@login_not_required
@transaction.atomic
def die_inside(request: HttpRequest) -> JsonResponse:
    context.enter(context.current()._replace(actor="999"))
    connection.cursor().execute("SELECT 1 / 0")
    return JsonResponse({})


@login_not_required
@transaction.atomic
def trespass(request: HttpRequest, organization: int) -> JsonResponse:
    Building.objects.create(
        organization_id=organization, reference="X", name="X", street="x", postcode="1", city="x", total_shares=1
    )
    return JsonResponse({})


urlpatterns = [
    path("tell/", tell),
    path("die/", die),
    path("die-inside/", die_inside),
    path("trespass/<int:organization>/", trespass),
    *urls.urlpatterns,
]


def told(client: Client) -> dict[str, Any]:
    return client.get("/tell/").json()


def seen(answer: dict[str, Any]) -> tuple[Any, Any, Any, list[str]]:
    """organization and actor of PostgreSQL, organization of the request, buildings."""
    return answer["context"]["organization"], answer["context"]["actor"], answer["organization"], answer["buildings"]


NOBODY = ("", "", None, [])


@pytest.fixture
def home(office: Membership) -> Membership:
    BuildingFactory(organization=office.organization, name="Chez nous")
    return office


def mine(membership: Membership) -> tuple[Any, Any, Any, list[str]]:
    return str(membership.organization_id), str(membership.user_id), membership.organization_id, ["Chez nous"]


# --- By itself ---
def test_working_as_restores_what_was(db: None) -> None:
    context.enter(context.Context("1", "2", "192.0.2.1", "request"))
    with context.working_as(organization_id=7, actor="worker"):
        assert context.current() == ("7", "worker", "192.0.2.1", "request")
    assert context.current() == ("1", "2", "192.0.2.1", "request")


def test_working_as_restores_after_an_exception(db: None) -> None:
    with pytest.raises(KeyError), context.working_as(organization_id=7, actor="worker"):
        raise KeyError
    assert context.current() == context.Context()


def test_working_as_lets_the_rollback_restore_a_broken_transaction(db: None) -> None:
    with pytest.raises(DataError), transaction.atomic(), context.working_as(organization_id=7, actor="worker"):
        connection.cursor().execute("SELECT 1 / 0")
    assert context.current() == context.Context()


def test_working_as_checks_what_is_deferred_while_it_can_be_seen(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), "100.00")
    connection.check_constraints()
    context.leave()
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        context.working_as(organization_id=office.organization_id, actor="worker"),
    ):
        Expense.objects.filter(pk=expense.pk).update(amount=99)
    context.enter(context.Context(str(office.organization_id)))
    assert Expense.objects.get().amount == 100


# --- One request after another ---
def test_a_signed_in_request_sees_its_organization(home: Membership) -> None:
    assert seen(told(client_of(home))) == mine(home)


def test_a_request_without_a_session_sees_nothing_after_one_with(home: Membership) -> None:
    told(client_of(home))
    assert seen(told(Client())) == NOBODY


@pytest.mark.parametrize("path", ["/die/", "/die-inside/"])
def test_a_dying_request_leaves_nothing_behind(home: Membership, path: str) -> None:
    assert client_of(home, raise_request_exception=False).get(path).status_code == 500
    assert seen(told(Client())) == NOBODY
    assert seen(told(client_of(home))) == mine(home)


def test_address_and_request_are_the_requests_own(home: Membership) -> None:
    client = client_of(home, REMOTE_ADDR="198.51.100.7")
    first, second = told(client)["context"], told(client)["context"]
    assert first["ip"] == "198.51.100.7"
    assert len(first["request"]) == 32
    assert first["request"] != second["request"]


def test_switching_the_organization_switches_what_is_seen(home: Membership) -> None:
    other = MembershipFactory(user=home.user)
    client = client_of(home)
    client.post("/organizations/", {"organization": other.organization_id})
    assert seen(told(client)) == (str(other.organization_id), str(home.user_id), other.organization_id, [])
    client.post("/organizations/", {"organization": home.organization_id})
    assert seen(told(client)) == mine(home)


def test_choosing_counts_for_the_rest_of_the_request_too(home: Membership) -> None:
    request = HttpRequest()
    request.session = {}  # type: ignore[assignment]
    context.enter(context.Context())
    choose_organization(request, home.organization)
    assert Building.objects.count() == 1


# --- Sessions that must no longer open anything ---
def _deactivate_user(membership: Membership, client: Client) -> None:
    membership.user.is_active = False
    membership.user.save()


def _end_membership(membership: Membership, client: Client) -> None:
    membership.is_active = False
    membership.save()


def _expire(membership: Membership, client: Client) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(hours=1))


def _change_password(membership: Membership, client: Client) -> None:
    membership.user.set_password("un tout autre mot de passe")
    membership.user.save()


def _forge_key(membership: Membership, client: Client) -> None:
    client.cookies["sessionid"] = "f" * 32


def _forge_organization(membership: Membership, client: Client) -> None:
    foreign = MembershipFactory()
    session = client.session
    session["organization"] = foreign.organization_id
    session.save()


def _log_out_and_replay(membership: Membership, client: Client) -> None:
    key = client.cookies["sessionid"].value
    client.post("/account/logout/")
    client.cookies["sessionid"] = key


@pytest.mark.parametrize(
    ("happens", "is_still_known"),
    [
        (_deactivate_user, False), (_end_membership, True), (_expire, False), (_change_password, False),
        (_forge_key, False), (_forge_organization, True), (_log_out_and_replay, False),
    ],
)  # fmt: skip
def test_what_no_longer_counts_opens_nothing(
    home: Membership, happens: Callable[[Membership, Client], None], is_still_known: bool
) -> None:
    client = client_of(home)
    assert seen(told(client)) == mine(home)
    happens(home, client)
    actor = str(home.user_id) if is_still_known else ""
    answer = told(client)
    assert seen(answer) == ("", actor, None, [])
    assert answer["user"] == (home.user_id if is_still_known else None)


def test_a_forged_key_is_not_adopted(home: Membership) -> None:
    client = Client()
    client.cookies["sessionid"] = "f" * 32
    client.post("/account/login/", {"login": home.user.email, "password": "correct horse battery"})
    assert client.cookies["sessionid"].value != "f" * 32
    assert not Session.objects.filter(session_key="f" * 32).exists()


def test_signing_in_changes_the_key(home: Membership) -> None:
    client = client_in(None, UserFactory())
    before = client.cookies["sessionid"].value
    client.post("/account/logout/")
    client.post("/account/login/", {"login": home.user.email, "password": "correct horse battery"})
    assert client.cookies["sessionid"].value != before


def test_staff_enter_without_being_members_and_only_what_they_chose(home: Membership) -> None:
    staff = UserFactory(is_staff=True)
    assert seen(told(client_in(None, staff))) == ("", str(staff.pk), None, [])
    assert seen(told(client_in(home.organization, staff)))[0] == str(home.organization_id)


# --- What PostgreSQL refuses ---
def test_a_row_for_another_organization_is_a_page_that_does_not_exist(home: Membership) -> None:
    foreign = MembershipFactory().organization_id
    assert client_of(home).get(f"/trespass/{foreign}/").status_code == 404
    context.enter(context.Context(str(home.organization_id)))
    event = AuditEvent.objects.get(action="refused")
    assert (event.actor_id, event.reason) == (home.user_id, f"GET /trespass/{foreign}/")
    assert Building.objects.count() == 1


def test_a_strangers_attempt_is_recorded_too(home: Membership) -> None:
    assert Client().get(f"/trespass/{home.organization_id}/").status_code == 404
    context.enter(context.Context(organization="0"))
    assert AuditEvent.objects.filter(action="refused").count() == 1


# --- What it costs ---
def test_the_sessions_statement_is_prepared(home: Membership) -> None:
    told(client_of(home))
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        statements = [row[0] for row in cursor.fetchall()]
    assert any("accounts_session" in statement and "set_config" in statement for statement in statements)


def test_a_list_page_asks_once_beside_its_session(home: Membership) -> None:
    client = client_of(home)
    client.get("/buildings/")
    with CaptureQueriesContext(connection) as captured:
        assert "Chez nous" in client.get("/buildings/").content.decode()
    # Django counts its own; the session's statement is sent by psycopg itself.
    assert len(captured) == 1


def test_the_last_use_is_written_once_a_minute(home: Membership) -> None:
    client = client_of(home)
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.update(last_used_at=long_ago)
    updates = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get("/tell/")
        updates.append(sum(query["sql"].startswith("UPDATE") for query in captured))
    assert updates == [1, 0]


# --- Real connections ---
def test_a_restarted_server_costs_no_request(transactional_db: None, home: Membership) -> None:
    client = client_of(home)
    told(client)
    pid = connection.connection.info.backend_pid
    other = connections.create_connection("default")
    other.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [pid])  # a role may end its own connections
    other.close()
    assert seen(told(client)) == mine(home)


WSGI_PATHS = ["/tell/", "/buildings/", "/die/", "/die-inside/", "/tell/", "/tell/"]
THREADS = 4


def ask(handler: WSGIHandler, path: str, key: str) -> tuple[int, bytes]:
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ |= {"PATH_INFO": path, "HTTP_HOST": "localhost", "HTTP_COOKIE": f"sessionid={key}" if key else ""}
    status: list[int] = []
    body = handler(environ, lambda line, headers, exc_info=None: status.append(int(line[:3])))
    try:
        return status[0], b"".join(body)
    finally:
        body.close()  # the request ends here: Django keeps the connection for the thread's next one


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Each with a connection of its own that it keeps from request to request."""
    barrier = Barrier(THREADS)

    def hang_up() -> None:
        barrier.wait(10)
        connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        yield pool
        for each in [pool.submit(hang_up) for _ in range(THREADS)]:
            each.result()


@pytest.mark.filterwarnings("default")
def test_two_hundred_mixed_requests_in_threads_leak_nothing(
    transactional_db: None, home: Membership, threads: ThreadPoolExecutor
) -> None:
    other = MembershipFactory()
    with context.working_as(organization_id=other.organization_id, actor="test"):
        BuildingFactory(organization=other.organization, name="Chez le voisin")
    keys = {"": None, "f" * 32: None}
    for membership in (home, other):
        keys[client_of(membership).cookies["sessionid"].value] = membership
    handler = WSGIHandler()
    jobs = []
    for number in range(200):
        key = list(keys)[number % len(keys)]
        path = WSGI_PATHS[(number // len(keys)) % len(WSGI_PATHS)]
        jobs.append((path, keys[key], threads.submit(ask, handler, path, key)))
    leaks = [(path, answer.result()) for path, who, answer in jobs if not _is_right(path, who, *answer.result(), home)]
    assert leaks == []
    assert sum(path == "/tell/" for path, _, _ in jobs) > 90


def _is_right(path: str, who: Membership | None, status: int, body: bytes, home: Membership) -> bool:
    if path.startswith("/die"):
        return status == 500
    name = "" if who is None else "Chez nous" if who.pk == home.pk else "Chez le voisin"
    if path == "/buildings/":
        return status == 302 if who is None else name.encode() in body and body.count(b"Chez ") == 1
    answer = json.loads(body)
    if who is None:
        return seen(answer) == NOBODY
    return seen(answer) == (str(who.organization_id), str(who.user_id), who.organization_id, [name])


def test_the_owners_connection_is_another_one(db: None) -> None:
    with owner_connection() as owner:
        assert owner.execute("SELECT current_user::text").fetchone() == ("koprogo_owner",)
