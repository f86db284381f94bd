"""No page answers 500, whatever is sent. `KOPROGO_FUZZ=100000` sends as many; `KOPROGO_FUZZ_SEED` sends others."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from koprogo import context
from tests.accounts.clients import client_in, client_of, colleague
from tests.factories import MembershipFactory, UserFactory
from tests.one_of_each import one_of_each
from tests.security.fuzz import Fuzzer


@pytest.mark.django_db(transaction=True)
def test_no_page_answers_500(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    logging.disable(logging.CRITICAL)
    office, staff = MembershipFactory(), UserFactory(is_staff=True)
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))
    one_of_each(office)
    members = [office, *(colleague(office, role) for role in Role.values[1:])]

    def sign_in() -> list[Client]:
        cache.clear()
        context.enter(context.Context(str(office.organization_id), str(office.user_id)))
        Membership.objects.filter(pk__in=[each.pk for each in members]).update(is_active=True)
        clients = [*map(client_of, members), client_in(office.organization, staff), Client()]
        for client in clients:
            client.raise_request_exception = False
        return [clients[0], *clients]  # who may most is at work most

    found = Fuzzer(sign_in, int(os.environ.get("KOPROGO_FUZZ_SEED", "1"))).run(
        int(os.environ.get("KOPROGO_FUZZ", "300"))
    )
    logging.disable(logging.NOTSET)
    print(dict(found.answers))  # noqa: T201 - what was tried, for who asks for more
    assert found.faults == []
    assert found.answers[200] > 0 < found.answers[302]
