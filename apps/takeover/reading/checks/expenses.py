"""What the cells of an expense say together, and the lines of one invoice."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from apps.takeover.reading.book import Book
from apps.takeover.reading.faults import shown
from apps.takeover.reading.labels import supplier_key
from apps.takeover.reading.rows import ExpenseRow
from apps.takeover.reading.sheets import EXPENSES

Invoice = tuple[str, str, str]
CENT = Decimal("0.01")


def check_expenses(book: Book) -> None:
    invoices: dict[Invoice, list[ExpenseRow]] = defaultdict(list)
    for row in book.first(EXPENSES):
        _check_who_bears(book, row)
        _check_vat(book, row)
        _check_gross(book, row)
        _check_period(book, row)
        _warn_of_idle_date(book, row)
        if book[EXPENSES].usable(row, "building", "supplier", "number"):
            invoices[row.building, supplier_key(row.supplier), row.number].append(row)
    for lines in invoices.values():
        _check_heads(book, lines)
        _check_amount(book, lines)


def _check_who_bears(book: Book, row: ExpenseRow) -> None:
    if not book[EXPENSES].usable(row, "key", "private_unit"):
        return
    if row.key and row.private_unit:
        book.fault(EXPENSES, row, "private_unit", _("Indiquez une clé ou un lot privatif, pas les deux."))
    if not row.key and not row.private_unit:
        book.fault(EXPENSES, row, "key", _("Indiquez une clé ou un lot privatif."))


def _check_vat(book: Book, row: ExpenseRow) -> None:
    if not book[EXPENSES].usable(row, "net", "vat_rate", "vat"):
        return
    expected = (row.net * row.vat_rate / 100).quantize(CENT, ROUND_HALF_UP)
    if abs(row.vat - expected) > CENT:
        message = _("À %(rate)s %% de %(net)s, la TVA est de %(expected)s.")
        values = {"rate": shown(row.vat_rate), "net": shown(row.net), "expected": shown(expected)}
        book.fault(EXPENSES, row, "vat", message % values)


def _check_gross(book: Book, row: ExpenseRow) -> None:
    table = book[EXPENSES]
    if table.usable(row, "net", "vat", "gross") and row.net + row.vat != row.gross:
        message = _("HTVA et TVA font ensemble %(total)s.") % {"total": shown(row.net + row.vat)}
        book.fault(EXPENSES, row, "gross", message)


def _check_period(book: Book, row: ExpenseRow) -> None:
    if book[EXPENSES].usable(row, "period_start", "period_end") and row.period_end <= row.period_start:
        book.fault(EXPENSES, row, "period_end", _("Ce dernier jour précède le premier, dans la colonne Période du."))


def _check_heads(book: Book, lines: Sequence[ExpenseRow]) -> None:
    """The lines of one invoice share its date and its due date."""
    table = book[EXPENSES]
    for name in ("date", "due_on"):
        readable = [row for row in lines if table.usable(row, name)]
        for row in readable[1:]:
            if getattr(row, name) != getattr(readable[0], name):
                message = _("La même facture porte une autre date à la ligne %(row)s.") % {"row": readable[0].row}
                book.fault(EXPENSES, row, name, message)


def _check_amount(book: Book, lines: Sequence[ExpenseRow]) -> None:
    if all(book[EXPENSES].usable(row, "gross") for row in lines) and not sum(row.gross for row in lines):
        book.fault(EXPENSES, lines[0], "gross", _("Le montant d'une facture ne peut pas être nul."))


def _warn_of_idle_date(book: Book, row: ExpenseRow) -> None:
    if row.reference_on and row.day_rule == "days":
        message = _("Avec la répartition « jours », cette date ne sert pas.")
        book.warnings.add(book[EXPENSES].fault(row, "reference_on", message))
