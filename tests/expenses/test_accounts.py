from decimal import Decimal

import pytest

from apps.expenses.accounts import Chart

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize(
    ("code", "percent"),
    [("6105", 100), ("61050", 100), ("6107", 0), ("611", 0), ("6125000", 0), ("6121", 100), ("6140000", 0), ("643", 0)],
)
def test_an_account_proposes_what_a_lease_puts_on_the_tenant(code: str, percent: int) -> None:
    assert Chart().tenant_percent(code) == Decimal(percent)


def test_an_account_has_the_label_of_its_longest_known_prefix() -> None:
    chart = Chart()
    assert chart.label("61055") == chart.label("6105") == "Nettoyage, ordures"
    assert chart.label("59") == ""
