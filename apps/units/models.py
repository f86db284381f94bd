"""Lots with their shares, and the keys by which charges are distributed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import Archivable, TenantModel, TenantPart, tenant_key
from apps.units.rules import READINGS_DO_NOT_OVERLAP, REVISION_IS_STAMPED, REVISIONS_FOLLOW_EACH_OTHER
from koprogo.rules import InsertOnly, walled
from koprogo.search import normalised_field


class Unit(Archivable, TenantPart):
    """A lot (kavel): a private part with its share in the commons."""

    class Kind(models.TextChoices):
        APARTMENT = "apartment", _("appartement")
        HOUSE = "house", _("maison")
        STUDIO = "studio", _("studio")
        OFFICE = "office", _("bureau")
        SHOP = "shop", _("commerce")
        GARAGE = "garage", _("garage")
        PARKING = "parking", _("parking")
        CELLAR = "cellar", _("cave")
        ATTIC = "attic", _("grenier")
        CARETAKER = "caretaker", _("conciergerie")
        LAND = "land", _("terrain")
        OTHER = "other", _("autre")

    # They do not count in the legal number of lots (DOMAIN.md BE-05).
    ACCESSORY_KINDS = [Kind.GARAGE, Kind.PARKING, Kind.CELLAR, Kind.ATTIC]

    building = tenant_key("buildings.Building", related_name="units")
    number = models.CharField(_("lot"), max_length=20)
    kind = models.CharField(_("type"), max_length=10, choices=Kind)
    floor = models.SmallIntegerField(_("étage"), null=True, blank=True)
    area = models.DecimalField(_("surface (m²)"), max_digits=8, decimal_places=2, null=True, blank=True)
    share = models.PositiveIntegerField(_("quotités"))
    # The lots' order in the building; it also breaks ties when cents are handed out (koprogo.money.allocate).
    position = models.PositiveIntegerField(_("ordre"))
    search = normalised_field("number")

    class Meta:
        verbose_name = _("lot")
        constraints = [
            *walled("unit", refers={"building": []}, shares=[["building"]]),
            models.UniqueConstraint(fields=["organization", "building", "number"], name="one_unit_per_number"),
            models.UniqueConstraint(
                fields=["organization", "building", "position"], name="one_unit_per_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["apartment", "house", "studio", "office", "shop", "garage", "parking",
                                             "cellar", "attic", "caretaker", "land", "other"]),
                name="unit_kind_is_known",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["organization", "building", "position", "id"], name="units_of_a_building_in_order"),
            models.Index(fields=["organization", "search", "id"], name="units_in_order_of_number"),
            models.Index(fields=["organization", "share", "id"], name="units_in_order_of_share"),
            models.Index(
                fields=["organization", "building"], name="units_in_use", condition=models.Q(archived_on=None)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DistributionKey(Archivable, TenantModel):
    """How a charge is distributed over the lots of a building (clé de répartition, verdeelsleutel)."""

    class Kind(models.TextChoices):
        SHARES = "shares", _("quotités")  # the shares of all lots; no weights of its own
        SUBSET = "subset", _("sous-ensemble")  # the shares of the lots listed
        EQUAL = "equal", _("égal")  # 1 for each lot listed
        WEIGHTS = "weights", _("poids")  # free weights
        CONSUMPTION = "consumption", _("consommation")  # what the lots used in the line's period (Reading)
        AMOUNTS = "amounts", _("montants")  # a meter company's amount for each lot, given with the line

    # Their weights are rows of KeyWeight.
    WEIGHTED_KINDS = [Kind.SUBSET, Kind.EQUAL, Kind.WEIGHTS]

    building = tenant_key("buildings.Building", related_name="keys")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("nom"), max_length=200)
    kind = models.CharField(_("type"), max_length=11, choices=Kind)

    class Meta:
        verbose_name = _("clé de répartition")
        verbose_name_plural = _("clés de répartition")
        constraints = [
            *walled("distribution_key", refers={"building": []}, shares=[["building"]]),
            models.UniqueConstraint(fields=["organization", "building", "code"], name="one_distribution_key_per_code"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["shares", "subset", "equal", "weights", "consumption", "amounts"]),
                name="distribution_key_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    @property
    def has_weights(self) -> bool:
        return self.kind in self.WEIGHTED_KINDS


class KeyWeight(TenantModel):
    """The weight of one lot in one key; a lot without a row has none."""

    building = tenant_key("buildings.Building", related_name="+")
    key = tenant_key("units.DistributionKey", models.CASCADE, related_name="weights")
    unit = tenant_key("units.Unit", related_name="weights")
    weight = models.DecimalField(_("poids"), max_digits=12, decimal_places=3)

    class Meta:
        verbose_name = _("poids")
        verbose_name_plural = _("poids")
        constraints = [
            *walled("key_weight", refers={"building": [], "key": ["building"], "unit": ["building"]}),
            models.UniqueConstraint(fields=["organization", "key", "unit"], name="one_distribution_weight_per_unit"),
            models.CheckConstraint(condition=models.Q(weight__gte=0), name="key_weight_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["organization", "building"], name="key_weights_of_a_building"),
            models.Index(fields=["organization", "unit"], name="key_weights_of_a_unit"),
        ]


class Revision(TenantModel):
    """From a date on a building's shares, or one of its keys, have new values: these are the ones before.

    Today's values stand in Unit.share, Building.total_shares and KeyWeight. What an approval has used is changed in no
    other way. A second one from the same day corrects the first.
    """

    building = tenant_key("buildings.Building", related_name="revisions")
    key = tenant_key("units.DistributionKey", null=True, related_name="revisions")  # None: the shares of all lots
    starts_on = models.DateField(_("à partir du"))  # the first day of the new values
    total_before = models.PositiveIntegerField(_("total des quotités avant"), null=True)
    reason = models.CharField(_("motif"), max_length=500)
    made_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField(editable=False)  # the transaction's own time, set by PostgreSQL

    class Meta:
        verbose_name = _("nouvelle version")
        verbose_name_plural = _("nouvelles versions")
        constraints = [
            *walled("revision", refers={"building": [], "key": ["building"]}),
            models.CheckConstraint(
                condition=models.Q(key=None, total_before__isnull=False)
                | models.Q(key__isnull=False, total_before=None),
                name="revision_of_shares_keeps_their_total",
            ),
            InsertOnly(name="revision_is_never_changed"),
            REVISION_IS_STAMPED,
            REVISIONS_FOLLOW_EACH_OTHER,
        ]
        indexes = [
            models.Index(fields=["organization", "building", "key", "starts_on"], name="revisions_of_a_building"),
        ]


class FormerWeight(TenantModel):
    """A lot's share, or its weight in a key, until a revision. A lot without a row had none."""

    revision = tenant_key("units.Revision", related_name="weights")
    unit = tenant_key("units.Unit", related_name="+")
    weight = models.DecimalField(_("poids"), max_digits=12, decimal_places=3)

    class Meta:
        verbose_name = _("poids d’avant")
        verbose_name_plural = _("poids d’avant")
        constraints = [
            # The new values are events of their own, before and after.
            *walled("former_weight", refers={"revision": [], "unit": []}, audited=False),
            models.UniqueConstraint(
                fields=["organization", "revision", "unit"], name="one_former_weight_per_revision_and_unit"
            ),
            InsertOnly(name="former_weight_is_never_changed"),
        ]


class Reading(TenantModel):
    """What a lot used in the days [starts_on, ends_on): the weight of a consumption key (relevé; meteropname)."""

    building = tenant_key("buildings.Building", related_name="+")
    key = tenant_key("units.DistributionKey", related_name="readings")
    unit = tenant_key("units.Unit", related_name="+")
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("jusqu'au (exclu)"))
    quantity = models.DecimalField(_("unités"), max_digits=12, decimal_places=3)
    is_estimated = models.BooleanField(_("estimé"), default=False)

    class Meta:
        verbose_name = _("relevé")
        constraints = [
            *walled("reading", refers={"building": [], "key": ["building"], "unit": ["building"]}),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="reading_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="reading_is_not_negative"),
            READINGS_DO_NOT_OVERLAP,
        ]
        indexes = [
            models.Index(fields=["organization", "building", "key", "starts_on"], name="readings_of_a_building"),
        ]
