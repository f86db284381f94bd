"""What the cells of an expense say together, and the lines of one invoice."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from apps.takeover.reading.book import Book
from apps.takeover.reading.faults import shown
from apps.takeover.reading.labels import supplier_key
from apps.takeover.reading.rows import ExpenseRow
from apps.takeover.reading.sheets import EXPENSES

CENT = Decimal("0.01")


def check_expenses(book: Book) -> None:
    heads: dict[tuple[str, str, str], ExpenseRow] = {}
    for row in book.first(EXPENSES):
        _check_who_bears(book, row)
        _check_vat(book, row)
        _check_gross(book, row)
        _check_period(book, row)
        _check_head(book, row, heads)
        _warn_of_idle_date(book, row)


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
    if not table.usable(row, "gross"):
        return
    if row.gross == 0:
        book.fault(EXPENSES, row, "gross", _("Une dépense ne peut pas être nulle."))
    if table.usable(row, "net", "vat") and row.net + row.vat != row.gross:
        message = _("HTVA et TVA font ensemble %(total)s.") % {"total": shown(row.net + row.vat)}
        book.fault(EXPENSES, row, "gross", message)


def _check_period(book: Book, row: ExpenseRow) -> None:
    if book[EXPENSES].usable(row, "period_start", "period_end") and row.period_end <= row.period_start:
        book.fault(EXPENSES, row, "period_end", _("Ce dernier jour précède le premier, dans la colonne Période du."))


def _check_head(book: Book, row: ExpenseRow, heads: dict[tuple[str, str, str], ExpenseRow]) -> None:
    """The lines of one invoice share its date and its due date."""
    table = book[EXPENSES]
    if not table.usable(row, "building", "supplier", "number"):
        return
    head = heads.setdefault((row.building, supplier_key(row.supplier), row.number), row)
    for name in ("date", "due_on"):
        if table.usable(row, name) and table.usable(head, name) and getattr(row, name) != getattr(head, name):
            message = _("La même facture porte une autre date à la ligne %(row)s.") % {"row": head.row}
            book.fault(EXPENSES, row, name, message)


def _warn_of_idle_date(book: Book, row: ExpenseRow) -> None:
    if row.reference_on and row.day_rule == "days":
        message = _("Avec la répartition « jours », cette date ne sert pas.")
        book.warnings.add(book[EXPENSES].fault(row, "reference_on", message))
