"""The navigation leads nowhere that is closed."""

import re

import pytest

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from tests.accounts.clients import client_of, colleague

LINK = re.compile(r'class="nav-link" href="([^"]+)"')


@pytest.mark.parametrize("role", Role.values)
def test_every_link_of_the_navigation_opens_for_its_role(office: Membership, role: str) -> None:
    client = client_of(colleague(office, role))
    links = LINK.findall(client.get("/").content.decode())
    assert links[0] == "/"
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
