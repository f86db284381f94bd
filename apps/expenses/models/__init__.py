"""Invoices and what becomes of them: suppliers, expenses with their lines, approvals with their frozen parts."""

from apps.expenses.models.approvals import Approval, ClosedSpan, LotPart, Withdrawal
from apps.expenses.models.invoices import Attachment, Expense, ExpenseLine, LinePortion, LotAmount
from apps.expenses.models.suppliers import Account, Supplier

__all__ = [
    "Account",
    "Approval",
    "Attachment",
    "ClosedSpan",
    "Expense",
    "ExpenseLine",
    "LinePortion",
    "LotAmount",
    "LotPart",
    "Supplier",
    "Withdrawal",
]
