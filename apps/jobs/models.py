"""Long work that somebody started: how far it is, what came of it, what went wrong."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import TenantModel
from koprogo.rules import walled


class Job(TenantModel):
    class Status(models.TextChoices):
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        CANCELLING = "cancelling", _("annulation demandée")  # it ends at the work's next step
        DONE = "done", _("terminé")
        FAILED = "failed", _("échoué")
        CANCELLED = "cancelled", _("annulé")

    OVER = (Status.DONE, Status.FAILED, Status.CANCELLED)

    title = models.CharField(_("travail"), max_length=200)
    status = models.CharField(_("état"), max_length=10, choices=Status, default=Status.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)  # what came of it, or what went wrong, in one sentence
    result_url = models.CharField(max_length=200, blank=True)
    started_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("travail")
        verbose_name_plural = _("travaux")
        constraints = [
            # Progress is no event: it would be one every second.
            *walled("job", ignored=["done", "total"]),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "running", "cancelling", "done", "failed", "cancelled"]),
                name="job_status_is_known",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="jobs_latest_first")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.status in self.OVER

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
