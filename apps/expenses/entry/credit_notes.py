"""The form of a credit note: it keeps to its invoice, and asks back before it gives more than that."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from apps.expenses.entry.forms import InvoiceForm
from apps.expenses.models import Expense
from koprogo.formats import euro

KEPT_OF_CREDIT_NOTE = {"building", "supplier"}


class CreditNoteForm(InvoiceForm):
    """`credited`: the invoice; of a stored credit note the one that it refers to."""

    def __init__(self, *args: Any, credited: Expense | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.credited: Expense | None = credited or getattr(self.record, "refers_to", None)

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        yield from super().find_doubts(values)
        if self.credited is None:
            return
        left = self.credited.amount + self._credited_so_far(self.credited)
        given = sum((entry.gross for entry in self.written_entries), Decimal(0))
        if left + given < 0:
            yield _("Il ne reste que %(left)s à rendre sur cette facture ; cette note de crédit en rend %(given)s.") % {
                "left": euro(max(left, Decimal(0))), "given": euro(-given)
            }  # fmt: skip

    def _credited_so_far(self, credited: Expense) -> Decimal:
        """What other credit notes and approved corrections took from the invoice (below zero)."""
        others = Expense.objects.for_organization(credited.organization_id).filter(refers_to=credited)
        others = others.exclude(pk=self.record.pk if self.record else 0).exclude(status=Expense.Status.REJECTED)
        counted = others.filter(Q(is_correction=False) | Q(status__in=Expense.APPROVED_STATUSES))
        return counted.aggregate(sum=Sum("amount", default=Decimal(0)))["sum"]
