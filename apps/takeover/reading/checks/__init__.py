"""Checks across the rows of a workbook."""

from apps.takeover.reading.book import Book
from apps.takeover.reading.checks.expenses import check_expenses
from apps.takeover.reading.checks.identities import check_identities
from apps.takeover.reading.checks.keys import check_keys
from apps.takeover.reading.checks.ownerships import check_ownerships
from apps.takeover.reading.checks.references import check_references
from apps.takeover.reading.checks.shares import check_shares


def check(book: Book) -> None:
    """Run every check; identities first, since the others leave repeated rows aside."""
    check_identities(book)
    check_references(book)
    check_shares(book)
    check_ownerships(book)
    check_keys(book)
    check_expenses(book)
