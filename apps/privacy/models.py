"""What people ask about their own data, and what may not be erased for now."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import TenantModel, tenant_key
from apps.privacy.functions import FORGETTING
from koprogo.rules import walled


class PrivacyRequest(TenantModel):
    """An owner exercises a right over their data (demande d’exercice d’un droit, verzoek van een betrokkene).

    Its clock runs for a month, or for three when it was extended with a reason (DOMAIN.md GD-05).
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("accès et copie")  # GDPR art. 15 and 20
        RECTIFICATION = "rectification", _("rectification")  # art. 16
        ERASURE = "erasure", _("effacement")  # art. 17
        RESTRICTION = "restriction", _("limitation")  # art. 18
        OBJECTION = "objection", _("opposition")  # art. 21

    class Status(models.TextChoices):
        OPEN = "open", _("à traiter")
        GRANTED = "granted", _("acceptée")
        REFUSED = "refused", _("refusée")

    owner = tenant_key("owners.Owner", related_name="privacy_requests")
    kind = models.CharField(_("demande"), max_length=13, choices=Kind)
    status = models.CharField(_("état"), max_length=7, choices=Status, default=Status.OPEN)
    received_on = models.DateField(_("reçue le"))
    due_on = models.DateField(_("à répondre pour le"))
    note = models.TextField(_("ce qui est demandé"), blank=True)
    extension_reason = models.TextField(_("motif de la prolongation"), blank=True)
    answered_on = models.DateField(_("répondue le"), null=True, blank=True)
    answer = models.TextField(_("réponse donnée"), blank=True)

    class Meta:
        verbose_name = _("demande sur ses données")
        verbose_name_plural = _("demandes sur ses données")
        constraints = [
            *walled("privacy_request", refers={"owner": []}, personal=["note", "extension_reason", "answer"]),
            models.CheckConstraint(
                condition=models.Q(kind__in=["access", "rectification", "erasure", "restriction", "objection"]),
                name="privacy_request_kind_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="open", answered_on=None)
                | models.Q(status__in=["granted", "refused"], answered_on__gte=models.F("received_on")),
                name="privacy_request_is_open_or_answered",
            ),
            models.CheckConstraint(
                condition=models.Q(due_on__gt=models.F("received_on")), name="privacy_request_has_time_to_be_answered"
            ),
            FORGETTING,
        ]
        indexes = [
            models.Index(fields=["organization", "owner"], name="privacy_requests_of_an_owner"),
            models.Index(
                fields=["organization", "due_on", "id"],
                name="open_privacy_requests_by_day",
                condition=models.Q(status="open"),
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_extended(self) -> bool:
        return bool(self.extension_reason)

    def days_left(self, today: date) -> int:
        """Below zero: overdue."""
        return (self.due_on - today).days


class LegalHold(TenantModel):
    """Nothing of this owner, or of whoever holds or held a lot of this building, is erased (gel juridique).

    A dispute or an inquiry needs it; it lasts until somebody lifts it.
    """

    owner = tenant_key("owners.Owner", null=True, related_name="legal_holds")
    building = tenant_key("buildings.Building", null=True, related_name="legal_holds")
    reason = models.CharField(_("motif"), max_length=500)
    placed_on = models.DateField(_("posé le"))
    lifted_on = models.DateField(_("levé le"), null=True)

    class Meta:
        verbose_name = _("conservation imposée")
        verbose_name_plural = _("conservations imposées")
        constraints = [
            *walled("legal_hold", refers={"owner": [], "building": []}, personal=["reason"]),
            models.CheckConstraint(
                condition=models.Q(owner=None, building__isnull=False) | models.Q(owner__isnull=False, building=None),
                name="legal_hold_is_on_an_owner_or_a_building",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="legal_hold_has_a_reason"),
            models.UniqueConstraint(
                fields=["organization", "owner"], name="one_legal_hold_per_owner", condition=models.Q(lifted_on=None)
            ),
            models.UniqueConstraint(
                fields=["organization", "building"],
                name="one_legal_hold_per_building",
                condition=models.Q(lifted_on=None),
            ),
        ]


class PreparedCopy(TenantModel):
    """A large copy of everything held about an owner, made by the worker, to be downloaded for a month."""

    owner = tenant_key("owners.Owner", related_name="prepared_copies")
    data = tenant_key("documents.Document", related_name="+")  # JSON
    paper = tenant_key("documents.Document", related_name="+")  # PDF
    made_at = models.DateTimeField(_("faite le"))

    class Meta:
        verbose_name = _("copie préparée")
        verbose_name_plural = _("copies préparées")
        constraints = [*walled("prepared_copy", refers={"owner": [], "data": [], "paper": []})]
        indexes = [models.Index(fields=["organization", "owner"], name="prepared_copies_of_an_owner")]
