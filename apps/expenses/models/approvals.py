"""Approvals with their frozen parts, their withdrawals, and closed spans of dates."""

from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import TenantModel, TenantQuerySet, tenant_key
from apps.expenses.days import ONE_DAY
from apps.expenses.rules import approvals, closing, freezing
from koprogo.rules import InsertOnly, walled


class Approval(TenantModel):
    """An expense's approval: who, when, and the seal of the parts that it froze. Never changed.

    In force until a withdrawal ends it; at most one of an expense is.
    """

    expense = tenant_key("expenses.Expense", related_name="approvals")
    sequence = models.PositiveSmallIntegerField(default=1)  # the first, the second …
    approved_on = models.DateField(_("approuvée le"))
    approved_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", db_index=False
    )  # None: command line
    # Allowed where nobody else in the office may approve, and said so wherever the approval is shown.
    by_submitter = models.BooleanField(default=False)
    at_takeover = models.BooleanField(default=False)
    # Settled by the previous syndic: it enters no statement of ours (WORKBOOK.md, "Approved at takeover").
    settled_by_predecessor = models.BooleanField(default=False)
    part_count = models.PositiveIntegerField()
    part_sum = models.DecimalField(max_digits=14, decimal_places=2)
    part_hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("approbation")
        constraints = [
            *walled("approval", refers={"expense": []}),
            models.UniqueConstraint(
                fields=["organization", "expense", "sequence"], name="one_approval_per_expense_and_sequence"
            ),
            InsertOnly(name="approval_is_never_changed"),
            approvals.PARTS_MAKE_THE_SUM,
            approvals.APPROVAL_IS_OF_APPROVED,
            closing.CLOSED_REFUSES_APPROVAL,
        ]


class Withdrawal(TenantModel):
    """The end of an approval, with its reason (retrait): its parts count no longer. Never changed."""

    approval = tenant_key("expenses.Approval", related_name="withdrawals")
    reason = models.CharField(_("motif"), max_length=500)
    withdrawn_on = models.DateField(_("retirée le"))
    withdrawn_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("retrait d’approbation")
        verbose_name_plural = _("retraits d’approbation")
        constraints = [
            *walled("withdrawal", refers={"approval": []}),
            models.UniqueConstraint(fields=["organization", "approval"], name="one_withdrawal_per_approval"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="withdrawal_has_a_reason"),
            InsertOnly(name="withdrawal_is_never_changed"),
            approvals.WITHDRAWAL_ENDS_APPROVAL,
            closing.CLOSED_REFUSES_WITHDRAWAL,
        ]


class LotPartQuerySet(TenantQuerySet):
    def in_force(self) -> Self:
        """Those of approvals that were not withdrawn."""
        return self.filter(approval__withdrawals=None)


class LotPart(TenantModel):
    """What one lot bears of one line of an approved expense, to the cent. Never changed."""

    approval = tenant_key("expenses.Approval", related_name="parts")
    line = tenant_key("expenses.ExpenseLine", related_name="parts")
    portion = tenant_key("expenses.LinePortion", null=True, related_name="parts")
    unit = tenant_key("units.Unit", related_name="+")
    weight = models.DecimalField(_("poids"), max_digits=12, decimal_places=3)
    amount = models.DecimalField(_("montant"), max_digits=14, decimal_places=2)

    objects = LotPartQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("part d'un lot")
        verbose_name_plural = _("parts des lots")
        constraints = [
            # The approval's own event carries number, sum and hash of the parts: no event for each.
            *walled("lot_part", refers={"approval": [], "line": [], "unit": [], "portion": []}, audited=False),
            models.UniqueConstraint(
                fields=["organization", "line", "unit", "approval", "portion"],
                name="one_part_per_line_and_unit",
                nulls_distinct=False,
            ),
            InsertOnly(name="lot_part_is_never_changed"),
            approvals.PARTS_ARE_COMPLETE,
            freezing.PARTS_FREEZE_WHAT_THEY_REST_ON,
        ]
        indexes = [
            models.Index(fields=["organization", "unit"], name="parts_of_a_unit"),
            models.Index(fields=["organization", "approval"], name="parts_of_an_approval"),
            models.Index(
                fields=["organization", "portion"],
                name="parts_of_a_portion",
                condition=models.Q(portion__isnull=False),
            ),
        ]


class ClosedSpan(TenantModel):
    """Days of a building, [starts_on, ends_on), in which nothing is approved or withdrawn any more (période clôturée).

    Until statements exist, what lies in it counts as issued: it is corrected by a record of its own, dated outside.
    """

    building = tenant_key("buildings.Building", related_name="closed_spans")
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("jusqu'au (exclu)"))
    closed_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", db_index=False)
    closed_on = models.DateField(_("clôturée le"))

    class Meta:
        verbose_name = _("période clôturée")
        verbose_name_plural = _("périodes clôturées")
        constraints = [
            *walled("closed_span", refers={"building": []}),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="closed_span_ends_after_it_starts"
            ),
            closing.CLOSED_SPANS_DO_NOT_OVERLAP,
            closing.HOLDINGS_UNDER_ISSUED_ARE_FROZEN,
        ]
        indexes = [models.Index(fields=["organization", "building"], name="closed_spans_of_a_building")]

    @property
    def last_on(self) -> date:
        """The last day, as a person reads it."""
        return self.ends_on - ONE_DAY
