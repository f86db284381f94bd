"""Files that people brought in, kept under var/files, out of the web server's reach."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import TenantModel
from koprogo.rules import walled


class Document(TenantModel):
    name = models.CharField(_("nom"), max_length=200)
    path = models.CharField(max_length=200)  # below MEDIA_ROOT; made by us, never from the name
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("taille (octets)"))
    uploaded_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", db_index=False)
    uploaded_at = models.DateTimeField(_("reçu le"))

    class Meta:
        verbose_name = _("document")
        constraints = [*walled("document")]

    def __str__(self) -> str:
        return self.name
