"""The second factor: set up, asked at sign-in, required by an organization and of our staff."""

import re
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib import admin
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts import services
from apps.accounts.demo import DEMO_STAFF
from apps.accounts.models import Membership, Organization, Session, User
from apps.accounts.permissions import Role
from apps.accounts.second_factor import SecondFactorAdapter
from apps.audit.models import AuditEvent
from koprogo import context
from tests.accounts.clients import client_in, client_of, colleague
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.test_urls import ARGUMENTS, ROWS, URLS, path_of

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SET_UP = "/account/security/?next="


@pytest.fixture(autouse=True)
def _no_limits_left() -> None:
    cache.clear()


# allauth says that something was added once it is committed.
commits = pytest.mark.django_db(transaction=True)


def code(secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post("/account/login/", {"login": user.email, "password": password})


def confirm_password(client: Client) -> None:
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def events(organization_id: int) -> list[tuple[str, dict[str, Any]]]:
    context.enter(context.Context(organization=str(organization_id)))
    found = AuditEvent.objects.exclude(action__in=["insert", "update", "delete"]).order_by("id")
    return list(found.values_list("action", "changes"))


def require(organization: Organization) -> None:
    services.require_second_factor(organization=organization, is_required=True)


# --- Setting it up ---
@commits
def test_an_application_is_added_with_its_code_and_recovery_codes_are_shown_once(office: Membership) -> None:
    client = client_of(office)
    assert client.get("/account/application/add/").url.startswith("/account/reauthenticate/?next=")
    confirm_password(client)
    page = client.get("/account/application/add/").content.decode()
    secret = re.search(r'id="secret" value="(\w+)"', page)[1]
    assert "data:image/svg+xml;base64," in page
    before = client.session.session_key
    answer = client.post("/account/application/add/", {"code": code(secret)})
    assert answer.url == "/account/recovery-codes/"
    assert client.session.session_key != before
    shown = client.get("/account/recovery-codes/").content.decode()
    codes = re.findall(r"<code>(\d{8})</code>", shown)
    assert len(set(codes)) == 10
    assert f'download="koprogo-codes.txt" href="data:text/plain;charset=utf-8,{"%0D%0A".join(codes)}%0D%0A"' in shown
    assert codes[0] not in client.get("/account/recovery-codes/").content.decode()
    assert "Il en reste 10." in client.get("/account/security/").content.decode()
    assert events(office.organization_id)[-2:] == [
        ("second_factor_added", {"kind": [None, "totp"]}), ("recovery_codes_made", {}),
    ]  # fmt: skip


def test_a_wrong_code_adds_nothing(office: Membership) -> None:
    client = client_of(office)
    confirm_password(client)
    client.get("/account/application/add/")
    assert client.post("/account/application/add/", {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()


def test_secrets_lie_encrypted_in_the_database_and_another_key_reads_none(office: Membership, settings: Any) -> None:
    TOTP.activate(office.user, SECRET)
    RecoveryCodes.activate(office.user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        assert SECRET not in cursor.fetchone()[0]
    stored = SecondFactorAdapter().encrypt(SECRET)
    assert SecondFactorAdapter().decrypt(stored) == SECRET
    settings.SECRET_KEY = "another"
    first, second = (SecondFactorAdapter().decrypt(stored) for _ in range(2))
    assert len({SECRET, first, second, ""}) == 4


@commits
def test_new_codes_replace_the_old(office: Membership) -> None:
    TOTP.activate(office.user, SECRET)
    old = RecoveryCodes.activate(office.user).generate_codes()
    client = client_of(office)
    confirm_password(client)
    assert "Ceux que vous avez" in client.get("/account/recovery-codes/new/").content.decode()
    assert client.post("/account/recovery-codes/new/").url == "/account/recovery-codes/"
    stranger = Client()
    sign_in(stranger, office.user)
    assert stranger.post("/account/second-factor/", {"code": old[0]}).status_code == 200
    assert ("recovery_codes_made", {}) in events(office.organization_id)


def test_the_last_one_removed_ends_the_other_sessions(office: Membership) -> None:
    TOTP.activate(office.user, SECRET)
    here, elsewhere = (client_in(office.organization, office.user, second_factor=True) for _ in range(2))
    confirm_password(here)
    assert here.get("/account/application/remove/").status_code == 200
    assert here.post("/account/application/remove/").url == "/account/security/"
    assert elsewhere.get("/profile/").status_code == 302
    assert "second_factor" not in here.session
    assert ("second_factor_removed", {"kind": ["totp", None]}) in events(office.organization_id)


def test_nobody_removes_anothers_passkey(office: Membership) -> None:
    theirs = Authenticator.objects.create(user=UserFactory(), type="webauthn", data={"name": "Clé"})
    client = client_of(office)
    confirm_password(client)
    for answer in (client.get, client.post):
        assert answer(f"/account/passkeys/{theirs.pk}/remove/").status_code == 404


# --- At sign-in ---
def test_sign_in_asks_for_the_code_and_only_then_opens(office: Membership, client: Client) -> None:
    TOTP.activate(office.user, SECRET)
    assert sign_in(client, office.user).url == "/account/second-factor/"
    assert client.get("/team/").status_code == 302
    half = client.session.session_key
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code == 200
    assert client.post("/account/second-factor/", {"code": code()}).url == "/"
    assert client.session.session_key != half
    assert Session.objects.count() == 1
    assert client.get("/team/").status_code == 200
    assert [action for action, _ in events(0)] == ["second_factor_failed", "signed_in"]


def test_a_code_serves_once(office: Membership) -> None:
    TOTP.activate(office.user, SECRET)
    clients = [Client(), Client()]
    for client in clients:
        sign_in(client, office.user)
    now = code()
    answers = [client.post("/account/second-factor/", {"code": now}).status_code for client in clients]
    assert answers == [302, 200]


def test_a_recovery_code_opens_once_and_the_journal_counts_those_left(office: Membership) -> None:
    TOTP.activate(office.user, SECRET)
    spare = RecoveryCodes.activate(office.user).generate_codes()[0]
    answers = []
    for client in (Client(), Client()):
        sign_in(client, office.user)
        answers.append(client.post("/account/second-factor/", {"code": spare}).status_code)
    assert answers == [302, 200]
    assert ("recovery_code_used", {"left": [10, 9]}) in events(0)


@pytest.mark.parametrize("odd", ["", "é", "\x00", "１２３４５６", "١٢٣", "0" * 9_000, "-1", "1e5", " "])
def test_an_odd_code_is_a_wrong_one(office: Membership, client: Client, odd: str) -> None:
    TOTP.activate(office.user, SECRET)
    RecoveryCodes.activate(office.user)
    sign_in(client, office.user)
    assert client.post("/account/second-factor/", {"code": odd}).status_code == 200
    assert client.post("/account/second-factor/", {"credential": odd}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_six_wrong_codes_close_the_second_factor(office: Membership, client: Client) -> None:
    TOTP.activate(office.user, SECRET)
    sign_in(client, office.user)
    for _ in range(5):
        client.post("/account/second-factor/", {"code": "000000"})
    assert client.post("/account/second-factor/", {"code": code()}).status_code == 200
    assert client.get("/team/").status_code == 302


def test_a_session_that_has_not_come_so_far_finds_no_second_page(client: Client) -> None:
    assert client.get("/account/second-factor/").url == "/account/login/"


def test_a_passkey_is_asked_of_the_browser_with_its_own_challenge(client: Client) -> None:
    first, second = (
        client.get("/account/passkeys/login/", headers={"accept": "application/json"}).json()["request_options"]
        for _ in range(2)
    )
    assert first["publicKey"]["userVerification"] == "required"
    assert first["publicKey"]["challenge"] != second["publicKey"]["challenge"]


@pytest.mark.parametrize("credential", ["", "{}", "[]", "1", '{"response": {"userHandle": "MQ"}}', "{"])
def test_an_invented_passkey_opens_nothing(client: Client, credential: str) -> None:
    client.get("/account/passkeys/login/", headers={"accept": "application/json"})
    assert client.post("/account/passkeys/login/", {"credential": credential}).url == "/account/login/"
    assert "_auth_user_id" not in client.session


# --- Required by an organization ---
OFFICE_URLS = sorted(
    name for name in ROWS
    if ":" in name and name not in {
        "accounts:accept_invitation", "accounts:end_other_sessions", "accounts:end_session", "accounts:organizations",
        "accounts:profile", "accounts:staff_enter", "accounts:staff_leave", "ops:load_tests", "ops:remove_load_test",
        "ops:report", "ops:report_pdf",
    }
)  # fmt: skip


class AnyId(dict):
    def __missing__(self, key: str) -> int:
        return 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_it_no_address_of_the_organization_opens(office: Membership, method: str) -> None:
    require(office.organization)
    client = client_of(office)
    opened = {}
    for name in OFFICE_URLS:
        answer = getattr(client, method)(path_of(name, AnyId()))
        if answer.status_code != 405 and not (answer.status_code == 302 and answer.url.startswith(SET_UP)):
            opened[name] = answer.status_code
    assert opened == {}


def test_choosing_the_organization_again_does_not_help(office: Membership) -> None:
    require(office.organization)
    other = MembershipFactory(user=office.user)
    client = client_of(other)
    assert client.get("/team/").status_code == 200
    client.post("/organizations/", {"organization": office.organization_id})
    assert client.get("/team/").url == f"{SET_UP}%2Fteam%2F"


@commits
def test_who_signs_in_without_one_is_led_to_it_and_enters_once_it_is_there(office: Membership, client: Client) -> None:
    require(office.organization)
    assert sign_in(client, office.user).url == "/"
    page = client.get("/", follow=True).content.decode()
    assert "Il faut ici un second facteur" in page
    confirm_password(client)
    form = client.get("/account/application/add/").content.decode()
    client.post("/account/application/add/", {"code": code(re.search(r'id="secret" value="(\w+)"', form)[1])})
    assert client.get("/team/").status_code == 200


def test_a_session_from_before_confirms_the_one_that_was_added_elsewhere(office: Membership) -> None:
    require(office.organization)
    TOTP.activate(office.user, SECRET)
    client = client_of(office)
    assert "Confirmer par votre second facteur" in client.get("/team/", follow=True).content.decode()
    before = client.session.session_key
    answer = client.post("/account/second-factor/confirm/", {"code": code(), "next": "/team/"})
    assert answer.url == "/team/"
    assert client.session.session_key != before
    assert client.get("/team/").status_code == 200


@pytest.mark.parametrize(("role", "is_asked"), [("manager", True), ("accountant", True), ("assistant", True),
                                                ("reader", False), ("owner", False)])  # fmt: skip
def test_it_is_asked_of_the_office_roles(office: Membership, role: Role, is_asked: bool) -> None:
    require(office.organization)
    answer = client_of(colleague(office, role)).get("/")
    assert (answer.status_code == 302) is is_asked


def test_another_persons_proof_in_the_same_browser_counts_for_nothing(office: Membership) -> None:
    require(office.organization)
    client = client_of(office)
    session = client.session
    session["second_factor"] = colleague(office, Role.MANAGER).user_id
    session.save()
    assert client.get("/team/").status_code == 302


def test_a_manager_requires_it_on_the_team_page_and_the_journal_tells(office: Membership) -> None:
    client = client_in(office.organization, office.user, second_factor=True)
    assert client.post("/team/second-factor/", {"required": "yes"}).url == "/team/"
    client.post("/team/second-factor/", {"required": "yes"})
    assert "Ne plus l’exiger" in client.get("/team/").content.decode()
    client.post("/team/second-factor/", {"required": "no"})
    assert not Organization.objects.get(pk=office.organization_id).requires_second_factor
    assert events(office.organization_id) == [("second_factor_required", {}), ("second_factor_not_required", {})]


def test_the_page_leads_to_no_foreign_address(office: Membership) -> None:
    TOTP.activate(office.user, SECRET)
    require(office.organization)
    page = client_of(office).get("/account/security/?next=https://boese.example/").content.decode()
    assert "boese" not in page


# --- Required of our staff ---
def test_staff_without_it_do_not_enter_the_admin(office: Membership) -> None:
    staff = UserFactory(is_staff=True)
    client = client_in(None, staff)
    session = client.session
    del session["second_factor"]
    session.save()
    index = reverse("admin:index")
    assert client.get(index, follow=True).redirect_chain[-1][0] == f"{SET_UP}%2Fadmin%2F"
    assert "L’administration ne s’ouvre" in client.get(index, follow=True).content.decode()
    entry = {"organization": office.organization_id, "reason": "Question 118"}
    assert client.post("/staff/enter/", entry).url == f"{SET_UP}%2F"
    assert "organization" not in client.session


@pytest.mark.parametrize(("is_demonstration", "email", "status"), [
    (True, DEMO_STAFF[0][0], 200), (True, "nadia@koprogo.be", 302), (False, DEMO_STAFF[0][0], 302),
])  # fmt: skip
def test_only_the_demonstrations_own_staff_enter_without_it(
    settings: Any, is_demonstration: bool, email: str, status: int
) -> None:
    settings.KOPROGO_DEMO = is_demonstration
    client = Client()
    sign_in(client, UserFactory(is_staff=True, email=email))
    assert client.get("/admin/").status_code == status


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_without_it_open_no_table_of_the_admin(office: Membership, method: str) -> None:
    client = client_in(office.organization, UserFactory(is_staff=True))
    session = client.session
    del session["second_factor"]
    session.save()
    paths = [reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}")
             for model in admin.site._registry for page in ("changelist", "add")]  # fmt: skip
    assert len(paths) > 40
    assert {getattr(client, method)(path).url.partition("?")[0] for path in paths} == {"/admin/login/"}


# --- When all is lost ---
def test_the_operators_remove_it_for_who_has_lost_everything_and_say_why(office: Membership) -> None:
    TOTP.activate(office.user, SECRET)
    RecoveryCodes.activate(office.user)
    client = client_of(office)
    out = StringIO()
    call_command("remove_second_factor", office.user.email.upper(), "--reason", "rappelée au bureau", stdout=out)
    assert out.getvalue().startswith("1 second")
    assert not Authenticator.objects.exists()
    assert client.get("/profile/").status_code == 302
    context.enter(context.Context(organization="0"))
    event = AuditEvent.objects.get(action="second_factor_removed")
    assert (event.actor, event.reason, event.object_id) == ("command line", "rappelée au bureau", office.user_id)


def test_the_operators_are_told_when_nobody_has_the_address() -> None:
    with pytest.raises(CommandError, match="Personne"):
        call_command("remove_second_factor", "x@example.be", "--reason", "…")


def test_the_walk_knows_every_address_of_the_product() -> None:
    assert OFFICE_URLS
    assert set(OFFICE_URLS) <= URLS.keys()
    assert set(ARGUMENTS) <= URLS.keys()
