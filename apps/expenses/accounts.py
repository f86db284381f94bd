"""The chart of accounts as pages and forms need it: the label of any account, and what a line proposes by default."""

from collections.abc import Iterator
from decimal import Decimal

from apps.expenses.models import Account, ExpenseLine

# Extraordinary works follow the owner of the day, private costs too (DESIGN.md, DOMAIN.md §4.5).
ACCOUNTS_OF_THE_DAY = ("611", "671", "643")


class Chart:
    """All accounts, read once; one that is not there has what its longest known prefix says."""

    def __init__(self) -> None:
        self.accounts = {account.code: account for account in Account.objects.order_by("code")}

    def label(self, code: str) -> str:
        """'' when not even the class is known."""
        return next((self.accounts[prefix].label for prefix in _prefixes(code) if prefix in self.accounts), "")

    def tenant_percent(self, code: str) -> Decimal:
        """What a lease usually puts on the tenant: a proposal (DOMAIN.md §3.1); 0 where the chart says nothing."""
        known = (self.accounts[prefix].tenant_percent for prefix in _prefixes(code) if prefix in self.accounts)
        return next((percent for percent in known if percent is not None), Decimal(0))


def _prefixes(code: str) -> Iterator[str]:
    """The account itself, then those above it, down to two digits."""
    return (code[:length] for length in range(len(code), 1, -1))


def default_day_rule(account: str, *, is_private: bool) -> str:
    """How time counts for a line that does not say."""
    by_date = is_private or account.startswith(ACCOUNTS_OF_THE_DAY)
    return ExpenseLine.DayRule.DATE if by_date else ExpenseLine.DayRule.DAYS
