"""Expenses with their lines, how a line goes over the lots, and the invoice's own paper."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import TenantModel, TenantPart, tenant_key
from apps.expenses.days import Span
from apps.expenses.rules import approvals, freezing, sums
from koprogo.rules import walled
from koprogo.search import normalised_field


class Expense(TenantPart):
    """A supplier's invoice to a building (dépense; kost).

    A credit note is an expense with a negative amount. A correction takes back lines of an issued expense and gives
    new ones; both refer to the first expense.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        SUBMITTED = "submitted", _("soumise")
        APPROVED = "approved", _("approuvée")
        PAID = "paid", _("payée")
        REJECTED = "rejected", _("rejetée")

    # Its parts are frozen.
    APPROVED_STATUSES = (Status.APPROVED, Status.PAID)

    building = tenant_key("buildings.Building", related_name="expenses")
    supplier = tenant_key("expenses.Supplier", related_name="expenses")
    number = models.CharField(_("numéro de facture"), max_length=40)
    date = models.DateField(_("date"))
    due_on = models.DateField(_("échéance"), null=True, blank=True)
    description = models.CharField(_("libellé"), max_length=200)
    amount = models.DecimalField(_("montant TTC"), max_digits=14, decimal_places=2)
    status = models.CharField(_("état"), max_length=9, choices=Status, default=Status.DRAFT)
    submitted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", db_index=False)
    submitted_at = models.DateTimeField(null=True)
    rejection = models.TextField(_("motif du rejet"), blank=True)
    paid_on = models.DateField(_("payée le"), null=True, blank=True)
    refers_to = tenant_key(
        "expenses.Expense", null=True, blank=True, related_name="referring", verbose_name=_("concerne")
    )
    is_correction = models.BooleanField(_("correction"), default=False)
    search = normalised_field("number", "description")

    class Meta:
        verbose_name = _("dépense")
        constraints = [
            *walled(
                "expense", refers={"building": [], "supplier": [], "refers_to": ["building"]}, shares=[["building"]]
            ),
            models.UniqueConstraint(
                fields=["organization", "building", "supplier", "number"], name="one_expense_per_supplier_and_number"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "submitted", "approved", "paid", "rejected"]),
                name="expense_status_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(amount=0) | models.Q(is_correction=True), name="expense_amount_is_not_zero"
            ),
            models.CheckConstraint(
                condition=models.Q(is_correction=False) | models.Q(refers_to__isnull=False),
                name="correction_refers_to_an_expense",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="rejected") | ~models.Q(rejection=""), name="rejected_expense_has_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(status="paid", paid_on__isnull=False)
                | ~models.Q(status="paid") & models.Q(paid_on=None),
                name="paid_expense_has_a_day",
            ),
            sums.AMOUNT_IS_SUM_OF_LINES,
            approvals.APPROVED_IS_FROZEN,
            approvals.APPROVED_HAS_APPROVAL,
        ]
        indexes = [
            models.Index(fields=["organization", "-date", "-id"], name="expenses_latest_first"),
            models.Index(fields=["organization", "building", "-date", "-id"], name="expenses_of_a_building"),
            models.Index(fields=["organization", "status", "-date", "-id"], name="expenses_by_status"),
            models.Index(fields=["organization", "supplier", "-date", "-id"], name="expenses_of_a_supplier"),
            models.Index(fields=["organization", "amount", "id"], name="expenses_in_order_of_amount"),
            models.Index(
                fields=["organization", "refers_to"],
                name="expenses_that_refer_to_another",
                condition=models.Q(refers_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.description}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_submitted(self) -> bool:
        return self.status == self.Status.SUBMITTED

    @property
    def is_approved(self) -> bool:
        """Its apportionment is frozen."""
        return self.status in self.APPROVED_STATUSES

    @property
    def is_rejected(self) -> bool:
        return self.status == self.Status.REJECTED

    @property
    def is_paid(self) -> bool:
        return self.status == self.Status.PAID

    @property
    def is_editable(self) -> bool:
        """A draft, or turned down: what was handed in is taken back first."""
        return self.is_draft or self.is_rejected

    @property
    def is_credit_note(self) -> bool:
        return self.amount < 0 and not self.is_correction


class ExpenseLine(TenantPart):
    """One line of an invoice: an account, an amount, how time counts, and over which lots it goes.

    It goes by a key, to one private lot, by the keys of its portions, or takes back the parts of another line.
    """

    class DayRule(models.TextChoices):
        DAYS = "days", _("par jours")  # over the period, both ends included
        DATE = "date", _("à une date")  # whoever holds the lot on that day

    building = tenant_key("buildings.Building", related_name="+")
    expense = tenant_key("expenses.Expense", models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("ligne"), default=1)
    # Once parts came of a line it stays as it was; editing after a withdrawal puts another in its place.
    is_current = models.BooleanField(default=True, editable=False)
    description = models.CharField(_("libellé"), max_length=200)
    account = models.CharField(_("compte"), max_length=8)
    key = tenant_key("units.DistributionKey", null=True, blank=True, related_name="+", verbose_name=_("clé"))
    unit = tenant_key("units.Unit", null=True, blank=True, related_name="+", verbose_name=_("lot privatif"))
    takes_back = tenant_key("expenses.ExpenseLine", null=True, blank=True, related_name="taken_back_by", editable=False)
    net = models.DecimalField(_("HTVA"), max_digits=14, decimal_places=2)
    vat_rate = models.DecimalField(_("TVA %"), max_digits=5, decimal_places=2)
    vat = models.DecimalField(_("TVA"), max_digits=14, decimal_places=2)
    gross = models.DecimalField(_("TTC"), max_digits=14, decimal_places=2)
    period_start = models.DateField(_("période du"))
    period_end = models.DateField(_("période jusqu'au (exclu)"))
    day_rule = models.CharField(_("répartition dans le temps"), max_length=4, choices=DayRule)
    reference_on = models.DateField(_("date de référence"), null=True, blank=True)  # None: the invoice's
    # What the owner may charge to a tenant: that part of the amount, rounded half up (DOMAIN.md ST-04).
    tenant_percent = models.DecimalField(_("% locataire"), max_digits=5, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("ligne de dépense")
        verbose_name_plural = _("lignes de dépense")
        constraints = [
            *walled(
                "expense_line",
                refers={  # and by the expense to its building
                    "expense": ["building"],
                    "key": ["building"],
                    "unit": ["building"],
                    "takes_back": ["building"],
                },
                shares=[["building"]],
            ),
            models.UniqueConstraint(
                fields=["organization", "expense", "position"],
                name="one_expense_line_per_position",
                condition=models.Q(is_current=True),
            ),
            models.UniqueConstraint(
                fields=["organization", "takes_back"],
                name="a_line_is_taken_back_once",
                condition=models.Q(is_current=True, takes_back__isnull=False),
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(key=None, unit=None)
                    | models.Q(key=None, takes_back=None)
                    | models.Q(unit=None, takes_back=None)
                ),
                name="expense_line_goes_one_way",
            ),
            models.CheckConstraint(
                condition=models.Q(tenant_percent__range=(0, 100)), name="expense_line_tenant_percent_is_of_a_hundred"
            ),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("net") + models.F("vat")), name="expense_line_net_and_vat_make_gross"
            ),
            models.CheckConstraint(
                condition=models.Q(vat_rate__range=(0, 100)), name="expense_line_vat_rate_is_of_a_hundred"
            ),
            sums.VAT_IS_NET_TIMES_RATE,
            models.CheckConstraint(
                condition=models.Q(period_end__gt=models.F("period_start")), name="expense_line_period_has_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(account__regex=r"^[67][0-9]{2,7}$"), name="expense_line_account_is_of_class_6_or_7"
            ),
            models.CheckConstraint(
                condition=models.Q(day_rule__in=["days", "date"]), name="expense_line_day_rule_is_known"
            ),
            freezing.LINES_ARE_FROZEN,
            sums.LINES_MAKE_THE_AMOUNT,
            sums.LINE_IS_DISTRIBUTED,
            sums.TAKEN_BACK_IS_MIRRORED,
        ]
        indexes = [
            models.Index(fields=["organization", "building"], name="expense_lines_of_a_building"),
            models.Index(fields=["organization", "key"], name="expense_lines_of_a_key"),
        ]

    @property
    def period(self) -> Span:
        return Span(self.period_start, self.period_end)

    @property
    def category(self) -> str:
        """The cost's category: its account's first three digits."""
        return self.account[:3]


class LinePortion(TenantModel):
    """A part of a line that goes by a key of its own: 30 per cent by shares, 70 by consumption (portion)."""

    building = tenant_key("buildings.Building", related_name="+")
    line = tenant_key("expenses.ExpenseLine", models.CASCADE, related_name="portions")
    position = models.PositiveSmallIntegerField(default=1)
    key = tenant_key("units.DistributionKey", related_name="+", verbose_name=_("clé"))
    percent = models.DecimalField(_("%"), max_digits=6, decimal_places=3, null=True, blank=True)  # None: by amount
    amount = models.DecimalField(_("montant"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("portion de ligne")
        verbose_name_plural = _("portions de ligne")
        constraints = [
            *walled("line_portion", refers={"building": [], "line": ["building"], "key": ["building"]}),
            models.UniqueConstraint(fields=["organization", "line", "position"], name="one_portion_per_position"),
            models.CheckConstraint(
                condition=models.Q(percent=None) | models.Q(percent__gt=0, percent__lte=100),
                name="line_portion_percent_is_of_a_hundred",
            ),
            sums.PORTIONS_MAKE_THE_LINE,
            freezing.PORTIONS_ARE_FROZEN,
        ]
        indexes = [models.Index(fields=["organization", "key"], name="portions_of_a_key")]


class LotAmount(TenantModel):
    """What a meter company says one lot owes of a line whose key goes by amounts (EUR)."""

    building = tenant_key("buildings.Building", related_name="+")
    line = tenant_key("expenses.ExpenseLine", models.CASCADE, related_name="lot_amounts")
    key = tenant_key("units.DistributionKey", related_name="+")
    unit = tenant_key("units.Unit", related_name="+")
    amount = models.DecimalField(_("montant"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("montant d’un lot")
        verbose_name_plural = _("montants des lots")
        constraints = [
            *walled(
                "lot_amount", refers={"building": [], "line": ["building"], "key": ["building"], "unit": ["building"]}
            ),
            models.UniqueConstraint(
                fields=["organization", "line", "key", "unit"], name="one_lot_amount_per_line_key_and_unit"
            ),
            freezing.LOT_AMOUNTS_ARE_FROZEN,
        ]


class Attachment(TenantModel):
    """The invoice itself, as PDF or picture, beside the expense."""

    expense = tenant_key("expenses.Expense", models.CASCADE, related_name="attachments")
    document = tenant_key("documents.Document", related_name="+")

    class Meta:
        verbose_name = _("pièce jointe")
        verbose_name_plural = _("pièces jointes")
        constraints = [
            *walled("attachment", refers={"expense": [], "document": []}),
            models.UniqueConstraint(fields=["organization", "expense", "document"], name="one_attachment_per_document"),
        ]
