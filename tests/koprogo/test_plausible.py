"""Days that nobody means are refused where they are typed, and lead nowhere in an address."""

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership
from apps.expenses.models import ClosedSpan
from koprogo.fields import DayField
from tests.factories import KeyFactory, building_with_lots, expense_of, sign_in


@pytest.mark.parametrize("text", ["0001-01-01", "1799-12-31", "2200-01-01", "9999-12-31"])
def test_a_mistyped_year_is_told(text: str) -> None:
    with pytest.raises(forms.ValidationError, match="vraisemblable"):
        DayField().clean(text)


@pytest.mark.parametrize("text", ["1800-01-01", "2199-12-31", "31/12/2025"])
def test_other_days_are_taken(text: str) -> None:
    assert DayField().clean(text) is not None


@pytest.fixture
def client(office: Membership) -> Client:
    return sign_in(office)


def test_no_span_is_closed_at_the_end_of_time(client: Client, office: Membership) -> None:
    path = reverse("expenses:closings", args=[building_with_lots(office.organization, [1000]).pk])
    assert client.post(path, {"first": "9998-12-01", "last": "9999-12-31"}).status_code == 422
    assert not ClosedSpan.objects.exists()


@pytest.mark.parametrize("word", ["propose", "year:0", "before:0", "month:0"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x"])
def test_proposals_at_the_end_of_time_fail_nowhere(client: Client, office: Membership, word: str, day: str) -> None:
    building = building_with_lots(office.organization, [1000])
    data = {"building": building.pk, "line": "0", "date": day, "0-first": day, "0-last": day, "do": word}
    assert client.post("/expenses/new/", data).status_code == 200


def test_no_readings_lie_at_the_end_of_time(client: Client, office: Membership) -> None:
    key = KeyFactory(building=building_with_lots(office.organization, [1000]), code="EAU", kind="consumption")
    assert client.get(f"/keys/{key.pk}/readings/9999-12-31/").status_code == 404


@pytest.mark.parametrize(
    "odd",
    [
        {"0-target": "k" + "9" * 5000}, {"guess": "[" * 100_000},
        {"0-portion": "0", "0-target": "split", "0-0-key": "9" * 5000},
    ],
    ids=["long number", "deep guess", "long key"],
)  # fmt: skip
def test_odd_input_fails_nowhere(client: Client, office: Membership, odd: dict[str, str]) -> None:
    building = building_with_lots(office.organization, [1000])
    answer = client.post("/expenses/new/", {"building": building.pk, "line": "0", "do": "propose"} | odd)
    assert answer.status_code == 200


def test_what_a_page_saw_may_be_nonsense(client: Client, office: Membership) -> None:
    draft = expense_of(building_with_lots(office.organization, [1000]), status="draft")
    assert client.post(f"/expenses/{draft.pk}/edit/", {"seen": "[" * 100_000, "do": "save"}).status_code == 422


def test_a_reason_keeps_no_national_number(client: Client, office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]))
    page = client.post(f"/expenses/{expense.pk}/reject/", {"reason": "Voir 85.07.30-033.28"}, follow=True)
    assert "numéro de registre national" in page.text
    expense.refresh_from_db()
    assert expense.is_submitted
