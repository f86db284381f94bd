"""Invoices and what becomes of them: suppliers, expenses with their lines, approvals with their frozen parts."""

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import Archivable, TenantModel, tenant_key
from apps.expenses.days import Span
from apps.expenses.rules import (
    AMOUNT_IS_SUM_OF_LINES,
    APPROVED_HAS_APPROVAL,
    APPROVED_IS_FROZEN,
    APPROVED_LINES_ARE_FROZEN,
    LINES_MAKE_THE_AMOUNT,
    PARTS_ARE_COMPLETE,
    PARTS_FREEZE_WHAT_THEY_REST_ON,
    PARTS_MAKE_THE_SUM,
    VAT_IS_NET_TIMES_RATE,
)
from koprogo.rules import InsertOnly, walled
from koprogo.search import normalised, normalised_field


class Account(models.Model):
    """An account of the Belgian minimum chart (plan comptable), classes 6 and 7. The same for every organization."""

    code = models.CharField(_("compte"), max_length=8, primary_key=True)
    label_fr = models.CharField(_("libellé"), max_length=120)
    label_nl = models.CharField(_("libellé néerlandais"), max_length=120)

    class Meta:
        verbose_name = _("compte")

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def label(self) -> str:
        return self.label_nl if translation.get_language() == "nl" else self.label_fr


class Supplier(Archivable, TenantModel):
    """Who sends invoices (fournisseur, leverancier)."""

    name = models.CharField(_("nom"), max_length=200)
    # Case, accents and spaces do not make another supplier (WORKBOOK.md, "Identity").
    key = models.GeneratedField(
        expression=models.Func(normalised("name"), models.Value(" "), models.Value(""), function="replace"),
        output_field=models.TextField(), db_persist=True, editable=False,
    )  # fmt: skip
    enterprise_number = models.CharField(_("numéro d'entreprise"), max_length=10, blank=True)
    iban = models.CharField("IBAN", max_length=34, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=40, blank=True)
    search = normalised_field("name")

    class Meta:
        verbose_name = _("fournisseur")
        constraints = [
            *walled("supplier", personal=["iban", "email", "phone"]),
            models.UniqueConstraint(fields=["organization", "key"], name="one_supplier_per_name"),
        ]
        indexes = [models.Index(fields=["organization", "search", "id"], name="suppliers_in_order_of_name")]

    def __str__(self) -> str:
        return self.name


class Expense(TenantModel):
    """A supplier's invoice to a building (dépense; kost). A credit note is an expense with a negative amount."""

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
    search = normalised_field("number", "description")

    class Meta:
        verbose_name = _("dépense")
        constraints = [
            *walled("expense", refers={"building": [], "supplier": []}, shares=[["building"]]),
            models.UniqueConstraint(
                fields=["organization", "building", "supplier", "number"], name="one_expense_per_supplier_and_number"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["draft", "submitted", "approved", "paid", "rejected"]),
                name="expense_status_is_known",
            ),
            models.CheckConstraint(condition=~models.Q(amount=0), name="expense_amount_is_not_zero"),
            models.CheckConstraint(
                condition=~models.Q(status="rejected") | ~models.Q(rejection=""), name="rejected_expense_has_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(status="paid", paid_on__isnull=False)
                | ~models.Q(status="paid") & models.Q(paid_on=None),
                name="paid_expense_has_a_day",
            ),
            AMOUNT_IS_SUM_OF_LINES,
            APPROVED_IS_FROZEN,
            APPROVED_HAS_APPROVAL,
        ]
        indexes = [
            models.Index(fields=["organization", "-date", "-id"], name="expenses_latest_first"),
            models.Index(fields=["organization", "building", "-date", "-id"], name="expenses_of_a_building"),
            models.Index(fields=["organization", "status", "-date", "-id"], name="expenses_by_status"),
            models.Index(fields=["organization", "supplier"], name="expenses_of_a_supplier"),
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


class ExpenseLine(TenantModel):
    """One line of an invoice: an account, a key or one private lot, an amount, and how time counts."""

    class DayRule(models.TextChoices):
        DAYS = "days", _("par jours")  # over the period, both ends included
        DATE = "date", _("à une date")  # whoever holds the lot on that day

    building = tenant_key("buildings.Building", related_name="+")
    expense = tenant_key("expenses.Expense", models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("ligne"), default=1)
    description = models.CharField(_("libellé"), max_length=200)
    account = models.CharField(_("compte"), max_length=8)
    key = tenant_key("units.DistributionKey", null=True, blank=True, related_name="+", verbose_name=_("clé"))
    unit = tenant_key("units.Unit", null=True, blank=True, related_name="+", verbose_name=_("lot privatif"))
    net = models.DecimalField(_("HTVA"), max_digits=14, decimal_places=2)
    vat_rate = models.DecimalField(_("TVA %"), max_digits=5, decimal_places=2)
    vat = models.DecimalField(_("TVA"), max_digits=14, decimal_places=2)
    gross = models.DecimalField(_("TTC"), max_digits=14, decimal_places=2)
    period_start = models.DateField(_("période du"))
    period_end = models.DateField(_("période jusqu'au (exclu)"))
    day_rule = models.CharField(_("répartition dans le temps"), max_length=4, choices=DayRule)
    reference_on = models.DateField(_("date de référence"), null=True, blank=True)  # None: the invoice's

    class Meta:
        verbose_name = _("ligne de dépense")
        verbose_name_plural = _("lignes de dépense")
        constraints = [
            *walled(
                "expense_line",
                refers={"building": [], "expense": ["building"], "key": ["building"], "unit": ["building"]},
            ),
            models.UniqueConstraint(
                fields=["organization", "expense", "position"], name="one_expense_line_per_position"
            ),
            models.CheckConstraint(
                condition=models.Q(key=None, unit__isnull=False) | models.Q(key__isnull=False, unit=None),
                name="expense_line_has_a_key_or_a_private_unit",
            ),
            models.CheckConstraint(
                condition=models.Q(gross=models.F("net") + models.F("vat")), name="expense_line_net_and_vat_make_gross"
            ),
            VAT_IS_NET_TIMES_RATE,
            models.CheckConstraint(
                condition=models.Q(period_end__gt=models.F("period_start")), name="expense_line_period_has_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(account__regex=r"^[67][0-9]{2,7}$"), name="expense_line_account_is_of_class_6_or_7"
            ),
            models.CheckConstraint(
                condition=models.Q(day_rule__in=["days", "date"]), name="expense_line_day_rule_is_known"
            ),
            APPROVED_LINES_ARE_FROZEN,
            LINES_MAKE_THE_AMOUNT,
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


class Approval(TenantModel):
    """An expense's approval: who, when, and the seal of the parts that it froze. Never changed."""

    expense = tenant_key("expenses.Expense", related_name="approvals")
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
            models.UniqueConstraint(fields=["organization", "expense"], name="one_approval_per_expense"),
            InsertOnly(name="approval_is_never_changed"),
            PARTS_MAKE_THE_SUM,
        ]


class LotPart(TenantModel):
    """What one lot bears of one line of an approved expense, to the cent. Never changed."""

    approval = tenant_key("expenses.Approval", related_name="parts")
    line = tenant_key("expenses.ExpenseLine", related_name="parts")
    unit = tenant_key("units.Unit", related_name="+")
    weight = models.DecimalField(_("poids"), max_digits=12, decimal_places=3)
    amount = models.DecimalField(_("montant"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("part d'un lot")
        verbose_name_plural = _("parts des lots")
        constraints = [
            # The approval's own event carries number, sum and hash of the parts: no event for each.
            *walled("lot_part", refers={"approval": [], "line": [], "unit": []}, audited=False),
            models.UniqueConstraint(
                fields=["organization", "line", "unit", "approval"], name="one_part_per_line_and_unit"
            ),
            InsertOnly(name="lot_part_is_never_changed"),
            PARTS_ARE_COMPLETE,
            PARTS_FREEZE_WHAT_THEY_REST_ON,
        ]
        indexes = [
            models.Index(fields=["organization", "unit"], name="parts_of_a_unit"),
            models.Index(fields=["organization", "approval"], name="parts_of_an_approval"),
        ]
