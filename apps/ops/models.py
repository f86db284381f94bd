"""What the operators of the service keep: the load tests that the performance report is printed from."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from koprogo.postgres import APP_ROLE
from koprogo.rules import Audited, SqlRule


class Mix(models.TextChoices):
    MIXED = "mixed", _("lecture et écriture")
    PAGES = "pages", _("pages de liste")


class LoadTest(models.Model):
    """One run of deploy/loadtest (test de charge, belastingstest), as it came in: `figures` is its file whole.

    It belongs to no organization: staff keep it, read it and remove it, and nobody changes one.
    """

    started_at = models.DateTimeField(_("début"))
    mix = models.CharField(_("charge"), max_length=5, choices=Mix)
    portfolio_buildings = models.PositiveIntegerField(_("copropriétés du portefeuille"))
    seconds = models.PositiveIntegerField(_("durée (s)"))
    connections = models.PositiveIntegerField(_("connexions"))
    proxy = models.BooleanField(_("par le proxy TLS"))
    figures = models.JSONField(_("chiffres"))
    kept_at = models.DateTimeField(_("gardé le"))
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("gardé par")
    )  # None: the command line

    class Meta:
        verbose_name = _("test de charge")
        verbose_name_plural = _("tests de charge")
        constraints = [
            models.UniqueConstraint(
                fields=["started_at", "mix", "portfolio_buildings", "proxy"], name="load_test_is_kept_once"
            ),
            models.CheckConstraint(condition=Q(mix__in=Mix.values), name="load_test_mix_is_known"),
            models.CheckConstraint(
                condition=Q(portfolio_buildings__gt=0, seconds__gt=0, connections__gt=0),
                name="load_test_sizes_are_positive",
            ),
            SqlRule(
                name="load_test_is_never_changed",
                create=f"REVOKE UPDATE ON {{table}} FROM {APP_ROLE}",
                drop=f"GRANT UPDATE ON {{table}} TO {APP_ROLE}",
            ),
            Audited(name="load_test_is_audited", hidden=["figures"]),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} · {self.mix} · {self.portfolio_buildings}"

    @property
    def is_mixed(self) -> bool:
        return self.mix == Mix.MIXED

    def figure(self, key: str) -> Decimal:
        """A number of the file: `figure("machine.cpu_idle")`."""
        value: Any = self.figures
        for step in key.split("."):
            value = value[step]
        return Decimal(str(value))
