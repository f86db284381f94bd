"""What is sent in a passkey's name: a device answers as it should, a forged answer opens nothing and breaks nothing."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from koprogo import context
from tests.accounts.clients import client_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
TEXT = st.one_of(
    st.binary(max_size=80).map(lambda each: urlsafe_b64encode(each).decode().rstrip("=")), st.text(max_size=9)
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2), max_leaves=4,
)  # fmt: skip
VALUE = st.one_of(TEXT, ANYTHING)
CLIENT_DATA = st.fixed_dictionaries({"type": VALUE, "challenge": VALUE, "origin": VALUE}).map(
    lambda each: urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=")
)
OTHERS = dict.fromkeys(["attestationObject", "authenticatorData", "signature", "userHandle"], VALUE)
ANSWERS = st.fixed_dictionaries(
    {
        "id": TEXT, "rawId": VALUE, "type": st.just("public-key") | VALUE, "clientExtensionResults": ANYTHING,
        "response": st.fixed_dictionaries({"clientDataJSON": CLIENT_DATA | VALUE}, optional=OTHERS),
    }
)  # fmt: skip
ODD = ["", "{}", "[]", "1", "null", "{", '{"id": "\\u0000"}', "[" * 19_000, '{"a":' * 3_000, "x" * 30_000]


@pytest.fixture
def member(office: Membership) -> Client:
    client = client_of(office)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def ask_in(client: Client) -> None:
    cache.clear()
    client.get("/account/passkeys/login/", headers={"accept": "application/json"})


def log_in(client: Client, credential: str) -> Any:
    ask_in(client)
    return client.post("/account/passkeys/login/", {"credential": credential})


def add(client: Client, credential: str) -> Any:
    client.get("/account/passkeys/add/")
    return client.post("/account/passkeys/add/", {"credential": credential, "passwordless": "on", "name": "Clé"})


@pytest.mark.parametrize("credential", ODD)
def test_odd_answers_open_nothing_and_add_nothing(member: Client, credential: str) -> None:
    assert log_in(Client(), credential).url == "/account/login/"
    assert add(member, credential).status_code == 200
    assert not Authenticator.objects.exists()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANSWERS)
def test_invented_answers_open_nothing_and_add_nothing(member: Client, answer: dict[str, Any]) -> None:
    stranger = Client()
    assert log_in(stranger, json.dumps(answer)).url == "/account/login/"
    assert "_auth_user_id" not in stranger.session
    assert add(member, json.dumps(answer)).status_code == 200
    assert not Authenticator.objects.exists()


def test_a_failed_passkey_is_in_the_journal(office: Membership) -> None:
    log_in(Client(), '{"id": "x"}')
    context.enter(context.Context(organization="0"))
    assert AuditEvent.objects.filter(action="sign_in_failed", object_id=None).count() == 1


def test_strangers_ask_for_few_passkeys_a_minute() -> None:
    cache.clear()
    answers = [Client().post("/account/passkeys/login/", {"credential": "{}"}).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]
