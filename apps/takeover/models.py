"""The takeover of buildings from a workbook: what was uploaded, what it would do, what it did."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import TenantModel, tenant_key
from koprogo.rules import walled


class Takeover(TenantModel):
    class Status(models.TextChoices):
        CHECKING = "checking", _("contrôle en cours")
        CHECKED = "checked", _("contrôlé")
        WRITING = "writing", _("reprise en cours")
        DONE = "done", _("repris")
        FAILED = "failed", _("échoué")

    document = tenant_key("documents.Document", related_name="+")
    status = models.CharField(_("état"), max_length=8, choices=Status, default=Status.CHECKING)
    # The preview as shown: counts, faults, warnings, changes (takeover.preview.Preview).
    preview = models.JSONField(default=dict)
    job = tenant_key("jobs.Job", null=True, related_name="+")
    approve = models.BooleanField(default=False)
    still_to_be_settled = models.BooleanField(default=False)
    started_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", db_index=False)
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = _("reprise")
        constraints = [
            *walled("takeover", refers={"document": [], "job": []}, ignored=["preview"]),
            models.CheckConstraint(
                condition=models.Q(status__in=["checking", "checked", "writing", "done", "failed"]),
                name="takeover_status_is_known",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="takeovers_latest_first")]
