"""People and companies who own, and who holds which lot when."""

from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import Archivable, TenantModel, tenant_key
from apps.owners.rules import HOLDER_HAS_MEMBERS, HOLDER_IS_WHOLE, HOLDINGS_DO_NOT_OVERLAP, HOLDINGS_HAVE_NO_GAP
from koprogo.rules import walled
from koprogo.search import normalised_field

PERSONAL = [
    "salutation", "first_name", "name", "email", "phone", "street", "postcode", "city", "iban", "enterprise_number",
]  # fmt: skip
# What an erased owner no longer has; the name is a pseudonym.
ERASED_WHOLLY = [field for field in PERSONAL if field != "name"]


class Owner(Archivable, TenantModel):
    """A co-owner (copropriétaire, mede-eigenaar): a person, a company, an undivided estate."""

    class Kind(models.TextChoices):
        PERSON = "person", _("personne")
        COMPANY = "company", _("société")
        UNDIVIDED = "undivided", _("indivision")
        ESTATE = "estate", _("succession")

    class Language(models.TextChoices):
        FRENCH = "fr", _("français")
        DUTCH = "nl", _("néerlandais")
        GERMAN = "de", _("allemand")
        ENGLISH = "en", _("anglais")

    code = models.CharField(_("code"), max_length=20)
    kind = models.CharField(_("type"), max_length=10, choices=Kind)
    salutation = models.CharField(_("civilité"), max_length=40, blank=True)
    first_name = models.CharField(_("prénom"), max_length=100, blank=True)
    name = models.CharField(_("nom ou raison sociale"), max_length=200)
    language = models.CharField(_("langue"), max_length=2, choices=Language)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=40, blank=True)
    street = models.CharField(_("rue et numéro"), max_length=200, blank=True)
    postcode = models.CharField(_("code postal"), max_length=12, blank=True)
    city = models.CharField(_("localité"), max_length=100, blank=True)
    country = models.CharField(_("pays"), max_length=2, default="BE")
    iban = models.CharField("IBAN", max_length=34, blank=True)
    enterprise_number = models.CharField(_("numéro d'entreprise"), max_length=10, blank=True)
    # Rights over one's data (DOMAIN.md GD-05): written by apps.privacy alone.
    restricted_on = models.DateField(_("traitement limité depuis le"), null=True, blank=True, editable=False)
    mail_objection_on = models.DateField(
        _("refuse le courrier facultatif depuis le"), null=True, blank=True, editable=False
    )
    erased_on = models.DateField(_("données effacées le"), null=True, blank=True, editable=False)
    search = normalised_field("name", "first_name", "code")

    class Meta:
        verbose_name = _("copropriétaire")
        constraints = [
            *walled("owner", personal=PERSONAL),
            models.UniqueConstraint(fields=["organization", "code"], name="one_owner_per_code"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["person", "company", "undivided", "estate"]), name="owner_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=["fr", "nl", "de", "en"]), name="owner_language_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(erased_on=None) | models.Q(**dict.fromkeys(ERASED_WHOLLY, "")),
                name="erased_owner_keeps_nothing_personal",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "search", "id"], name="owners_in_order_of_name"),
            models.Index(fields=["organization", "city", "search", "id"], name="owners_in_order_of_city"),
            models.Index(fields=["organization"], name="owners_in_use", condition=models.Q(archived_on=None)),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.name}".strip()

    @property
    def is_erased(self) -> bool:
        """Their name is a pseudonym, their contact gone; lots, dates and amounts stay."""
        return self.erased_on is not None

    @property
    def takes_optional_mail(self) -> bool:
        """Whether what nobody is bound to send may be sent to them."""
        return self.restricted_on is None and self.mail_objection_on is None and not self.is_erased


class AccountHolder(TenantModel):
    """The same members with the same rights over lots of one building (titulaire, titularis).

    One balance, one statement, one structured communication. Its members never change: another composition is
    another holder, which takes over on a date.
    """

    building = tenant_key("buildings.Building", related_name="account_holders")
    # "owner:right:fraction …" in owners' code order; what makes it the same holder (owners.services).
    composition = models.TextField()

    class Meta:
        verbose_name = _("titulaire")
        constraints = [
            *walled("account_holder", refers={"building": []}, shares=[["building"]]),
            models.UniqueConstraint(
                fields=["organization", "building", "composition"], name="one_account_holder_per_composition"
            ),
            HOLDER_HAS_MEMBERS,
        ]


class HolderMember(TenantModel):
    """One owner's right in an account holder: full, usufruct or bare ownership, as a fraction."""

    class Right(models.TextChoices):
        FULL = "full", _("pleine propriété")
        USUFRUCT = "usufruct", _("usufruit")
        BARE = "bare", _("nue-propriété")

    holder = tenant_key("owners.AccountHolder", models.CASCADE, related_name="members")
    owner = tenant_key("owners.Owner", related_name="memberships")
    right = models.CharField(_("droit"), max_length=8, choices=Right)
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("membre d'un titulaire")
        verbose_name_plural = _("membres des titulaires")
        constraints = [
            *walled("holder_member", refers={"holder": [], "owner": []}),
            models.UniqueConstraint(
                fields=["organization", "holder", "owner", "right"], name="one_member_per_holder_owner_and_right"
            ),
            models.CheckConstraint(
                condition=models.Q(right__in=["full", "usufruct", "bare"]), name="holder_member_right_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(numerator__gt=0, denominator__gte=models.F("numerator")),
                name="holder_member_fraction_is_above_zero_and_at_most_one",
            ),
            HOLDER_IS_WHOLE,
        ]
        indexes = [models.Index(fields=["organization", "owner"], name="memberships_of_an_owner")]

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)


class Holding(TenantModel):
    """Who holds a lot in a period [starts_on, ends_on); an open end is None."""

    building = tenant_key("buildings.Building", related_name="+")
    unit = tenant_key("units.Unit", related_name="holdings")
    holder = tenant_key("owners.AccountHolder", related_name="holdings")
    starts_on = models.DateField(_("du"))
    ends_on = models.DateField(_("jusqu'au (exclu)"), null=True, blank=True)

    class Meta:
        verbose_name = _("détention")
        constraints = [
            *walled("holding", refers={"building": [], "unit": ["building"], "holder": ["building"]}),
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")) | models.Q(ends_on=None),
                name="holding_ends_after_it_starts",
            ),
            HOLDINGS_DO_NOT_OVERLAP,
            HOLDINGS_HAVE_NO_GAP,
        ]
        indexes = [
            models.Index(fields=["organization", "unit", "starts_on"], name="holdings_of_a_unit"),
            models.Index(fields=["organization", "holder"], name="holdings_of_a_holder"),
            models.Index(fields=["organization", "building"], name="holdings_of_a_building"),
        ]


class OpeningBalance(TenantModel):
    """What an account holder owed (positive) or was owed when the office took the building over (solde repris)."""

    class Kind(models.TextChoices):
        CURRENT = "current", _("courant")
        RESERVE = "reserve", _("réserve")
        PROVISIONS = "provisions", _("provisions")

    building = tenant_key("buildings.Building", related_name="opening_balances")
    holder = tenant_key("owners.AccountHolder", related_name="opening_balances")
    kind = models.CharField(_("nature"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("solde"), max_digits=14, decimal_places=2)
    on = models.DateField(_("au"))

    class Meta:
        verbose_name = _("solde repris")
        verbose_name_plural = _("soldes repris")
        constraints = [
            *walled("opening_balance", refers={"building": [], "holder": ["building"]}),
            models.UniqueConstraint(
                fields=["organization", "holder", "kind"], name="one_opening_balance_per_holder_and_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["current", "reserve", "provisions"]), name="opening_balance_kind_is_known"
            ),
        ]
        indexes = [models.Index(fields=["organization", "building"], name="balances_of_a_building")]


class OwnerAccess(TenantModel):
    """The owner that a member with the role of co-owner is."""

    membership = tenant_key("accounts.Membership", models.CASCADE, related_name="owner_accesses")
    owner = tenant_key("owners.Owner", models.CASCADE, related_name="accesses")

    class Meta:
        verbose_name = _("accès d'un copropriétaire")
        verbose_name_plural = _("accès des copropriétaires")
        constraints = [
            *walled("owner_access", refers={"membership": [], "owner": []}),
            models.UniqueConstraint(fields=["organization", "membership", "owner"], name="one_access_per_owner"),
        ]
