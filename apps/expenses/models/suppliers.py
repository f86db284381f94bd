"""The chart of accounts, and who sends invoices."""

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import Archivable, TenantModel
from koprogo.rules import walled
from koprogo.search import normalised, normalised_field


class Account(models.Model):
    """An account of the Belgian minimum chart (plan comptable), classes 6 and 7. The same for every organization."""

    code = models.CharField(_("compte"), max_length=8, primary_key=True)
    label_fr = models.CharField(_("libellé"), max_length=120)
    label_nl = models.CharField(_("libellé néerlandais"), max_length=120)
    # What a lease usually puts on the tenant; None: what the account above it says.
    tenant_percent = models.DecimalField(_("% locataire"), max_digits=5, decimal_places=2, null=True)

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
