"""Known devices, whose tries are counted apart, and the open sessions of a person."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.devices import COOKIE, MOST_PEOPLE
from apps.accounts.models import Membership, Session
from apps.audit.models import AuditEvent
from koprogo import context
from tests.accounts.clients import client_of, colleague
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
NEW = "un tout autre mot de passe"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 "
    "Safari/537.36 Edg/143.0.0.0"
)


@pytest.fixture(autouse=True)
def _no_limits_left() -> None:
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/account/login/", {"login": email, "password": password})


def known(email: str, **options: Any) -> Client:
    """A browser where this person has signed in and out."""
    client = Client(**options)
    sign_in(client, email)
    client.post("/account/logout/")
    return client


def try_in_vain(client: Client, email: str, times: int = 12) -> None:
    for _ in range(times):
        sign_in(client, email, "faux")


# --- Known devices ---
def test_a_stranger_at_the_same_address_locks_no_known_device_out(office: Membership) -> None:
    mine = known(office.user.email)
    try_in_vain(Client(), office.user.email)
    assert sign_in(Client(), office.user.email).status_code == 200
    assert sign_in(mine, office.user.email).status_code == 302


def test_tries_on_a_known_device_are_limited_too_and_lock_nobody_else_out(office: Membership) -> None:
    mine = known(office.user.email)
    try_in_vain(mine, office.user.email, 5)
    assert sign_in(mine, office.user.email).status_code == 200
    assert sign_in(Client(), office.user.email).status_code == 302


def test_a_device_is_known_for_its_own_people_only(office: Membership) -> None:
    other = colleague(office, "accountant")
    mine = known(office.user.email)
    try_in_vain(mine, other.user.email, 5)
    assert sign_in(mine, other.user.email).status_code == 200
    assert sign_in(mine, office.user.email).status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "e30:1x:abc", "eyJhIjoxfQ:1vXXXX:aaaa"])
def test_a_forged_cookie_makes_no_known_device(office: Membership, forged: str) -> None:
    try_in_vain(Client(), office.user.email)
    client = Client()
    client.cookies[COOKIE] = forged
    assert sign_in(client, office.user.email).status_code == 200


def test_signing_in_does_not_forget_the_tries_of_the_device(office: Membership) -> None:
    mine = known(office.user.email)
    for _ in range(2):
        try_in_vain(mine, office.user.email, 2)
        sign_in(mine, office.user.email)
        mine.post("/account/logout/")
    try_in_vain(mine, office.user.email, 1)
    assert sign_in(mine, office.user.email).status_code == 200


def test_the_cookie_is_closed_to_scripts_and_names_nobody(office: Membership) -> None:
    client = Client()
    sign_in(client, office.user.email)
    cookie = client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/account/")
    assert office.user.email not in cookie.value
    assert not client.get("/account/login/").cookies


def test_a_browser_remembers_few_people_and_the_last_ones() -> None:
    client, people = Client(), [UserFactory() for _ in range(MOST_PEOPLE + 1)]
    for person in people:
        sign_in(client, person.email)
        client.post("/account/logout/")
    for person in people:
        try_in_vain(Client(), person.email, 11)
    cache_is_full = [sign_in(client, person.email).status_code for person in (people[0], people[-1])]
    assert cache_is_full == [200, 302]


# --- Open sessions ---
def test_the_page_lists_the_devices_with_address_and_this_one_first(office: Membership) -> None:
    here = Client(headers={"user-agent": FIREFOX}, REMOTE_ADDR="203.0.113.9")
    sign_in(here, office.user.email)
    sign_in(Client(headers={"user-agent": EDGE}, REMOTE_ADDR="198.51.100.7"), office.user.email)
    sign_in(Client(), colleague(office, "reader").user.email)
    page = here.get("/account/security/").content.decode()
    assert 0 < page.index("Firefox · Linux") < page.index("cette session") < page.index("Edge · Windows")
    assert "203.0.113.9" in page
    assert "198.51.100.7" in page
    assert "Appareil inconnu" not in page
    assert not [key for key in Session.objects.values_list("session_key", flat=True) if key in page]


def test_one_session_is_ended_by_name_and_the_journal_tells(office: Membership) -> None:
    here, there = client_of(office), client_of(office)
    page = here.get("/account/security/").content.decode()
    [path] = {part.split('"')[0] for part in page.split('action="')[1:] if part.startswith("/profile/sessions/") and
              "/sessions/end/" not in part.split('"')[0]}  # fmt: skip
    assert here.post(path).url == "/account/security/"
    assert here.get("/profile/").status_code == 200
    assert there.get("/profile/").status_code == 302
    assert here.post(path).status_code == 404
    context.enter(context.Context(organization=str(office.organization_id)))
    assert AuditEvent.objects.get(action="sessions_ended").changes == {"count": [None, 1]}


def test_nobody_ends_anothers_session(office: Membership) -> None:
    theirs = client_of(colleague(office, "accountant"))
    own = client_of(colleague(office, "accountant"))
    page = theirs.get("/account/security/").content.decode()
    assert "/profile/sessions/" not in page  # only one: this one
    from apps.accounts.open_sessions import _name

    assert own.post(f"/profile/sessions/{_name(theirs.session.session_key)}/end/").status_code == 404
    assert theirs.get("/profile/").status_code == 200


def test_all_others_are_ended_at_once(office: Membership) -> None:
    here, *others = [client_of(office) for _ in range(3)]
    assert here.post("/profile/sessions/end/").url == "/account/security/"
    assert [client.get("/profile/").status_code for client in [here, *others]] == [200, 302, 302]


def test_a_changed_password_leaves_no_other_session_in_the_list(office: Membership) -> None:
    here, _elsewhere = client_of(office), client_of(office)
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    here.post("/account/password/change/", data)
    assert Session.objects.filter(user=office.user).count() == 1
    assert here.get("/account/security/").content.decode().count("Appareil inconnu") == 1
