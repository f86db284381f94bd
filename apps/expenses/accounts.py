"""The chart of accounts as the pages need it: the label of any account, the default rule for time."""

from apps.expenses.models import Account, ExpenseLine

# Extraordinary works follow the owner of the day, private costs too (DESIGN.md, DOMAIN.md §4.5).
ACCOUNTS_OF_THE_DAY = ("611", "671", "643")


class Chart:
    """All labels, read once; an account has the label of its longest known prefix."""

    def __init__(self) -> None:
        self._labels = {account.code: account.label for account in Account.objects.all()}

    def label(self, code: str) -> str:
        """'' when not even the class is known."""
        prefixes = (code[:length] for length in range(len(code), 1, -1))
        return next((self._labels[prefix] for prefix in prefixes if prefix in self._labels), "")


def default_day_rule(account: str, *, is_private: bool) -> str:
    """How time counts for a line that does not say."""
    by_date = is_private or account.startswith(ACCOUNTS_OF_THE_DAY)
    return ExpenseLine.DayRule.DATE if by_date else ExpenseLine.DayRule.DAYS
