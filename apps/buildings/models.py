"""The copropriété: what an office manages."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.accounts.tenancy import Archivable, TenantModel, tenant_key
from koprogo.rules import walled
from koprogo.search import normalised_field


class Building(Archivable, TenantModel):
    """A co-owned building and its association (copropriété, ACP; mede-eigendom, VME)."""

    reference = models.CharField(_("référence"), max_length=20)
    name = models.CharField(_("nom"), max_length=200)
    street = models.CharField(_("rue et numéro"), max_length=200)
    postcode = models.CharField(_("code postal"), max_length=12)
    city = models.CharField(_("commune"), max_length=100)
    country = models.CharField(_("pays"), max_length=2, default="BE")
    enterprise_number = models.CharField(_("numéro d'entreprise"), max_length=10, blank=True)
    # Quotités: the denominator that the deed fixes (DOMAIN.md BE-02).
    total_shares = models.IntegerField(_("total des quotités"), validators=[MinValueValidator(1)])
    built_year = models.PositiveSmallIntegerField(_("année de construction"), null=True, blank=True)
    fiscal_year_start_month = models.SmallIntegerField(
        _("mois de début d'exercice"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    search = normalised_field("name", "reference", "street", "postcode", "city")

    class Meta:
        verbose_name = _("immeuble")
        constraints = [
            *walled("building"),
            models.UniqueConstraint(fields=["organization", "reference"], name="one_building_per_reference"),
            models.CheckConstraint(condition=models.Q(total_shares__gt=0), name="building_total_shares_is_positive"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start_month__range=(1, 12)),
                name="building_fiscal_year_starts_in_a_month",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "search", "id"], name="buildings_in_order_of_name"),
            models.Index(fields=["organization", "city", "search", "id"], name="buildings_in_order_of_city"),
        ]

    def __str__(self) -> str:
        return self.name


class BankAccount(TenantModel):
    """A bank account in the association's own name: at least one for each fund (DOMAIN.md BE-06)."""

    class Kind(models.TextChoices):
        CURRENT = "current", _("compte courant")
        RESERVE = "reserve", _("fonds de réserve")

    building = tenant_key("buildings.Building", models.CASCADE, related_name="bank_accounts")
    kind = models.CharField(_("nature"), max_length=8, choices=Kind)
    iban = models.CharField("IBAN", max_length=34)

    class Meta:
        verbose_name = _("compte bancaire")
        verbose_name_plural = _("comptes bancaires")
        constraints = [
            *walled("bank_account", refers={"building": []}, personal=["iban"]),
            models.UniqueConstraint(fields=["organization", "building", "iban"], name="one_bank_account_per_iban"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["current", "reserve"]), name="bank_account_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.iban


class BuildingAccess(TenantModel):
    """A building that a reader (commissaire, conseil) was given to see."""

    building = tenant_key("buildings.Building", models.CASCADE, related_name="accesses")
    membership = tenant_key("accounts.Membership", models.CASCADE, related_name="building_accesses")

    class Meta:
        verbose_name = _("accès à un immeuble")
        verbose_name_plural = _("accès aux immeubles")
        constraints = [
            *walled("building_access", refers={"building": [], "membership": []}),
            models.UniqueConstraint(fields=["organization", "membership", "building"], name="one_access_per_building"),
        ]


def visible_buildings(membership: Membership) -> models.QuerySet[Building]:
    """The buildings that this person sees: all of the organization for the office, those given for a reader."""
    buildings = Building.objects.for_organization(membership.organization)
    if membership.sees_all_buildings:
        return buildings
    return buildings.filter(accesses__membership=membership)
