"""Signing in and out, forgotten and changed passwords, limits."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.handlers.base import BaseHandler
from django.test import Client, RequestFactory

from apps.accounts.models import Membership, Session
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from koprogo import context
from tests.accounts.clients import client_of, colleague
from tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "un tout autre mot de passe"


@pytest.fixture(autouse=True)
def _no_limits_left() -> None:
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/account/login/", {"login": email, "password": password}, **extra)


def events(organization_id: int) -> list[tuple[str, int | None]]:
    context.enter(context.Context(organization=str(organization_id)))
    found = AuditEvent.objects.exclude(action__in=["insert", "update", "delete"]).order_by("id")
    return list(found.values_list("action", "actor_id"))


def test_who_has_one_organization_is_at_work_in_it_at_once(office: Membership, client: Client) -> None:
    answer = sign_in(client, office.user.email)
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/team/").status_code == 200
    assert Session.objects.get().organization_id == office.organization_id
    assert events(office.organization_id) == [("organization_chosen", office.user_id)]
    assert events(0) == [("signed_in", office.user_id)]


def test_the_address_may_be_written_with_capitals(office: Membership, client: Client) -> None:
    assert sign_in(client, office.user.email.upper()).status_code == 302


def test_who_has_several_chooses(office: Membership, client: Client) -> None:
    other = MembershipFactory(user=office.user, role=Role.ACCOUNTANT)
    sign_in(client, office.user.email)
    assert client.get("/team/").url == "/organizations/"
    page = client.get("/organizations/").content.decode()
    assert office.organization.name in page
    assert other.organization.name in page
    assert client.post("/organizations/", {"organization": office.organization_id}).url == "/"
    assert client.get("/team/").status_code == 200


def test_nobody_enters_an_organization_that_is_not_theirs(office: Membership) -> None:
    foreign = MembershipFactory()
    client = client_of(office)
    assert client.post("/organizations/", {"organization": foreign.organization_id}).status_code == 404
    assert client.post("/organizations/", {"organization": "x"}).status_code == 404
    assert foreign.organization.name not in client.get("/organizations/").content.decode()


def test_who_is_nowhere_is_told_so(client: Client) -> None:
    sign_in(client, UserFactory().email)
    assert "aucun bureau" in client.get("/organizations/").content.decode()


@pytest.mark.parametrize("path", ["/team/", "/profile/", "/organizations/", "/account/password/change/"])
def test_a_stranger_is_sent_to_the_sign_in_page_and_comes_back(client: Client, path: str) -> None:
    assert client.get(path).url == f"/account/login/?next={path}"


@pytest.mark.parametrize("path", ["signup", "email", "confirm-email", "login/code", "login/code/confirm"])
def test_the_rest_of_allauth_does_not_exist(office: Membership, path: str) -> None:
    assert client_of(office).get(f"/account/{path}/").status_code == 404


@pytest.mark.parametrize("password", ["faux", ""])
def test_a_wrong_password_does_not_open_and_is_recorded(client: Client, password: str) -> None:
    user = UserFactory()
    assert sign_in(client, user.email, password).status_code == 200
    assert "_auth_user_id" not in client.session
    assert events(0) == ([("sign_in_failed", None)] if password else [])


def test_an_unknown_address_answers_as_a_wrong_password(client: Client) -> None:
    known = sign_in(client, UserFactory(email="a@example.be").email, "faux").content.decode()
    unknown = sign_in(client, "b@example.be", "faux").content.decode()
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    assert token.sub("", known).replace("a@example.be", "") == token.sub("", unknown).replace("b@example.be", "")


def test_who_was_never_let_in_has_no_password_that_opens(client: Client) -> None:
    user = UserFactory()
    user.set_unusable_password()
    user.save()
    assert sign_in(client, user.email, "").status_code == 200
    assert sign_in(client, user.email, "!").status_code == 200


def test_an_inactive_person_does_not_enter(client: Client) -> None:
    sign_in(client, UserFactory(is_active=False).email)
    assert client.get("/profile/").status_code == 302


def test_six_wrong_passwords_from_one_address_close_that_address_only(office: Membership) -> None:
    stranger, owner = Client(REMOTE_ADDR="198.51.100.7"), Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(5):
        sign_in(stranger, office.user.email, "faux")
    assert sign_in(stranger, office.user.email).status_code == 200  # right at last, and too late
    assert sign_in(owner, office.user.email).status_code == 302


@pytest.mark.parametrize(("proxies", "is_closed"), [(0, True), (1, False)])
def test_the_limits_know_visitors_behind_a_proxy_apart(
    office: Membership, settings: Any, proxies: int, is_closed: bool
) -> None:
    settings.KOPROGO_PROXIES = proxies
    stranger, owner = Client(HTTP_X_FORWARDED_FOR="198.51.100.7"), Client(HTTP_X_FORWARDED_FOR="203.0.113.9")
    for _ in range(5):
        sign_in(stranger, office.user.email, "faux")
    assert sign_in(owner, office.user.email).status_code == (200 if is_closed else 302)


@pytest.mark.parametrize(("proxies", "ip"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_a_forged_header_changes_neither_limit_nor_journal(
    office: Membership, settings: Any, proxies: int, ip: str
) -> None:
    settings.KOPROGO_PROXIES = proxies
    for invented in range(6):
        client = Client(HTTP_X_FORWARDED_FOR=f"198.51.100.{invented}, 203.0.113.9")
        assert sign_in(client, office.user.email, "faux").status_code == 200
    assert sign_in(client, office.user.email).status_code == 200  # closed
    context.enter(context.Context(organization="0"))
    assert set(AuditEvent.objects.filter(action="sign_in_failed").values_list("ip", flat=True)) == {ip}


def test_signing_in_takes_a_session_key_that_nobody_knew(office: Membership, client: Client) -> None:
    client.get("/account/passkeys/login/", headers={"accept": "application/json"})  # begins a session
    planted = client.cookies["sessionid"].value
    sign_in(client, office.user.email)
    assert client.cookies["sessionid"].value != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/team/").status_code == 302


def test_signing_out_ends_the_session_for_good(office: Membership) -> None:
    client = client_of(office)
    key = client.cookies["sessionid"].value
    assert client.post("/account/logout/").url == "/account/login/"
    client.cookies["sessionid"] = key
    assert client.get("/team/").url == "/account/login/?next=/team/"
    assert events(office.organization_id) == [("signed_out", office.user_id)]


def test_signing_out_takes_a_post(office: Membership) -> None:
    client = client_of(office)
    client.get("/account/logout/")
    assert client.get("/team/").status_code == 200


def test_a_changed_password_ends_the_other_sessions_and_not_this_one(office: Membership) -> None:
    here, elsewhere = client_of(office), client_of(office)
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/account/password/change/", data).status_code == 302
    assert here.get("/team/").status_code == 200
    assert elsewhere.get("/team/").status_code == 302


@pytest.mark.parametrize(("password", "works"), [(PASSWORD, True), ("faux", False)])
def test_the_password_is_asked_again(office: Membership, password: str, works: bool) -> None:
    answer = client_of(office).post("/account/reauthenticate/", {"password": password})
    assert answer.status_code == (302 if works else 200)


def test_a_forgotten_password_is_set_by_the_link_in_a_mail(office: Membership, client: Client) -> None:
    answer = client.post("/account/password/reset/", {"email": office.user.email})
    assert answer.url == "/account/password/reset/done/"
    path = re.search(r"http://testserver(/account/password/reset/key/\S+/)", mail.outbox[0].body).group(1)
    form = client.get(path, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert sign_in(Client(), office.user.email, NEW).status_code == 302
    assert "plus valable" in client.get(path).content.decode()


def test_the_mail_leaves_after_the_answer_so_that_its_time_tells_nothing(office: Membership) -> None:
    handler, request = BaseHandler(), RequestFactory().post("/account/password/reset/", {"email": office.user.email})
    request._dont_enforce_csrf_checks = True
    handler.load_middleware()
    answer = handler.get_response(request)
    assert (answer.status_code, mail.outbox) == (302, [])
    answer.close()
    assert [each.to for each in mail.outbox] == [[office.user.email]]


def test_a_mail_that_cannot_be_sent_is_logged_and_changes_no_answer(
    office: Membership, client: Client, settings: Any, caplog: Any
) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.no_such_backend"
    answer = client.post("/account/password/reset/", {"email": office.user.email})
    assert answer.url == "/account/password/reset/done/"
    assert "a mail could not be sent" in caplog.messages


@pytest.mark.parametrize(
    "password", ["Bruxelles2026!", "motdepasse123", "1234567890", "koprogo-2026", "court", "!!wachtwoord!!"]
)
def test_common_and_short_passwords_are_refused_when_one_changes_it(office: Membership, password: str) -> None:
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client_of(office).post("/account/password/change/", data).status_code == 200
    office.user.refresh_from_db()
    assert office.user.check_password(PASSWORD)


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client) -> None:
    assert client.post("/account/password/reset/", {"email": "x@example.be"}).url == "/account/password/reset/done/"
    assert mail.outbox == []


@pytest.mark.parametrize("path", ["login/", "inactive/", "password/reset/", "password/reset/done/",
                                  "password/reset/key/done/", "password/reset/key/1-x/"])  # fmt: skip
def test_the_public_pages_need_no_session(client: Client, path: str) -> None:
    assert client.get(f"/account/{path}").status_code == 200


def test_the_sign_in_page_shows_the_demonstrations_people_only_there(client: Client, settings: Any) -> None:
    assert "claire@delta" not in client.get("/account/login/").content.decode()
    settings.KOPROGO_DEMO = True
    assert "claire@delta" in client.get("/account/login/").content.decode()


def test_a_reader_and_an_owner_enter_too(office: Membership) -> None:
    for role in (Role.READER, Role.OWNER):
        client = Client()
        assert sign_in(client, colleague(office, role).user.email).url == "/"
        assert client.get("/profile/").status_code == 200
