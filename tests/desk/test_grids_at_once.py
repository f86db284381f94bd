"""An approval and a correction of its weights at one moment: real threads, real connections."""

from datetime import date
from decimal import Decimal

import pytest

from apps.expenses.models import LotPart
from apps.expenses.services import approve_expense
from apps.units.models import KeyWeight, Unit
from apps.units.services import correct_weights
from tests.expenses.test_concurrency import at_once, enter
from tests.factories import KeyFactory, MembershipFactory, building_with_lots, expense_of, weigh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("attempt", range(3))
def test_what_an_approval_froze_is_what_stands(attempt: int) -> None:
    member = MembershipFactory()
    enter(member)
    building = building_with_lots(member.organization, [600, 400])
    key = KeyFactory(building=building, kind="weights")
    weigh(key, {"L1": 1, "L2": 1})
    expense = expense_of(building, line_key=key)
    wanted = {unit.pk: Decimal(unit.share) for unit in Unit.objects.all()}
    results = at_once(
        member,
        lambda: approve_expense(expense=expense, by=member.user, on=date(2026, 1, 15)),
        lambda: correct_weights(building=building, weights={key: wanted}),
    )
    assert results in (["done", "done"], ["done", "IntegrityError"])
    frozen = LotPart.objects.values_list("unit", "weight")
    assert dict(frozen) == dict(KeyWeight.objects.values_list("unit", "weight"))
