"""A list is searched while one types, and filtered on."""

import pytest
from playwright.sync_api import expect

from koprogo.context import working_as
from tests.browser.conftest import Visit
from tests.factories import BuildingFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_filter_keeps_what_was_searched(visit: Visit) -> None:
    manager = MembershipFactory(user=UserFactory(email="claire@example.be", name="Claire"))
    with working_as(organization_id=manager.organization_id, actor=manager.user_id):
        for name in ("Les Tilleuls", "Parc Royal"):
            BuildingFactory(organization=manager.organization, name=name)
    visit.sign_in("claire@example.be")
    visit.open("/buildings/?page=1")

    visit.page.get_by_role("searchbox").press_sequentially("tilleuls")
    expect(visit.page.locator("tbody tr")).to_have_count(1)
    visit.page.get_by_role("link", name="Archivés").click()

    expect(visit.page).to_have_url(f"{visit.url}/buildings/?archived=1&q=tilleuls")
    expect(visit.page.get_by_role("searchbox")).to_have_value("tilleuls")
