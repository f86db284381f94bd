"""The demonstration: made by the owner's role, once."""

import pytest

from apps.accounts.models import Organization, User
from apps.buildings.models import Building
from apps.expenses.models import Approval, Expense
from apps.takeover.demo import story


@pytest.mark.usefixtures("as_owner")
def test_three_offices_with_a_year_of_invoices_each_and_made_once() -> None:
    assert [story.make_organization(slug) for slug in ("delta", "kust", "eupen")] == [True, True, True]
    story.make_staff()
    assert story.make_organization("delta") is False
    assert User.objects.filter(is_staff=True).count() == 1
    assert {b.reference: b.total_shares for b in Building.objects.all()} == {
        "TIL": 1000, "PRF": 10_000, "ZEE": 100_000, "EUP": 1000,
    }  # fmt: skip
    statuses = set(Expense.objects.values_list("status", flat=True))
    assert statuses == {"draft", "submitted", "approved", "paid", "rejected"}
    eupen = Organization.objects.get(slug="eupen")
    assert all(approval.by_submitter for approval in Approval.objects.for_organization(eupen))
