"""Who did what: from a lot's page to the journal, its filters and its workbook."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from apps.jobs.services import create_job
from apps.units.models import Unit
from koprogo.context import working_as
from tests.browser.conftest import Visit
from tests.factories import NOON, MembershipFactory, UserFactory, building_with_lots

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_a_lot_to_all_that_happened_to_it(visit: Visit, tmp_path: Path) -> None:
    manager = MembershipFactory(user=UserFactory(email="claire@example.be", name="Claire"))
    with working_as(organization_id=manager.organization_id, actor=manager.user_id):
        building_with_lots(manager.organization, [365, 635], name="Les Tilleuls")
        unit = Unit.objects.get(number="L1")
        Unit.objects.filter(pk=unit.pk).update(share=395)
    page = visit.page
    visit.open("/account/login/")
    visit.sign_in("claire@example.be")

    # The card comes by itself when one scrolls to it.
    visit.open(f"/units/{unit.pk}/")
    page.mouse.wheel(0, 10_000)
    page.get_by_text("Lot L1 · Les Tilleuls").first.wait_for()
    assert "quotités 365 → 395" in " ".join(page.locator(".deeds").inner_text().split())
    visit.open(f"/history/units_unit/{unit.pk}/")
    visit.look("history-of-a-lot")
    visit.open(f"/units/{unit.pk}/")
    page.mouse.wheel(0, 10_000)

    # All of it, then only the modifications, then as a workbook.
    page.get_by_role("link", name="Tout l’historique").click()
    page.get_by_label("Sorte d’événement").select_option(label="Modification")
    page.get_by_role("button", name="Afficher").click()
    assert page.locator("tbody tr").count() == 1
    visit.look("journal-of-a-lot")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Excel").click()
    waiting.value.save_as(tmp_path / "journal.xlsx")
    rows: list[Any] = list(load_workbook(tmp_path / "journal.xlsx").active.iter_rows(values_only=True))
    assert [row[7] for row in rows[1:]] == ["quotités 365 → 395"]


def test_a_waiting_job_is_cancelled_by_who_started_it(visit: Visit) -> None:
    manager = MembershipFactory(user=UserFactory(email="claire@example.be", name="Claire"))
    with working_as(organization_id=manager.organization_id, actor=manager.user_id):
        create_job(organization=manager.organization, title="Reprise de parc.xlsx", by=manager.user, at=NOON)
    page = visit.page
    visit.open("/account/login/")
    visit.sign_in("claire@example.be")
    visit.open("/jobs/")
    visit.look("jobs")
    page.get_by_role("link", name="Reprise de parc.xlsx").click()
    page.get_by_role("button", name="Arrêter ce traitement").click()
    page.get_by_role("button", name="Arrêter le traitement").click()
    expect(page.get_by_text("Annulé à la demande de Claire : rien n’a été écrit.")).to_be_visible()
    visit.look("job-cancelled")
