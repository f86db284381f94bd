"""Files that people brought in, kept under var/files, out of the web server's reach."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.tenancy import TenantModel
from koprogo.rules import walled


class Document(TenantModel):
    name = models.CharField(_("nom"), max_length=200)
    path = models.CharField(max_length=200)  # below MEDIA_ROOT; made by us, never from the name
    media_type = models.CharField(_("type"), max_length=100, blank=True)  # judged by the content; "": a workbook
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("taille (octets)"))
    # Came with a form that is not saved yet: only who brought it in sees it.
    is_pending = models.BooleanField(_("en attente"), default=False)
    uploaded_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+", db_index=False)
    uploaded_at = models.DateTimeField(_("reçu le"))

    class Meta:
        verbose_name = _("document")
        constraints = [*walled("document")]
        indexes = [
            models.Index(
                fields=["organization", "uploaded_by"],
                name="pending_documents_of_a_person",
                condition=models.Q(is_pending=True),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")
