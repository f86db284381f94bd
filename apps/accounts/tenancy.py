"""What every tenant table shares: its organization, and querysets that start from it."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class TenantQuerySet(models.QuerySet):
    def for_organization(self, organization: models.Model | int) -> Self:
        """The first wall. The second, row-level security, is PostgreSQL's (koprogo.rules)."""
        return self.filter(organization=organization)

    def in_use(self) -> Self:
        """Of what can be archived: what is offered for choice and listed by default."""
        return self.filter(archived_on=None)


class TenantModel(models.Model):
    # Every index and unique constraint of a tenant table starts with the organization: none on it alone.
    organization = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+", db_index=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class TenantPart(TenantModel):
    """A tenant table whose every row lies under one of another, and in that one's organization (`walled(refers=…)`).

    That the organization exists is known with that row: PostgreSQL does not look for it once more at each insert.
    """

    organization = models.ForeignKey(
        "accounts.Organization", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        abstract = True


class Archivable(models.Model):
    """What is no longer used but stays known: neither listed by default nor offered for choice."""

    archived_on = models.DateField(_("archivé le"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_archived(self) -> bool:
        return self.archived_on is not None


def tenant_key(to: str, on_delete: object = models.PROTECT, **options: object) -> models.ForeignKey:
    """A foreign key to another tenant table.

    PostgreSQL's constraint is the one that `walled(refers=…)` makes; an index, where a question needs one, is
    declared with the table and starts with the organization.
    """
    return models.ForeignKey(to, on_delete, db_constraint=False, db_index=False, **options)  # type: ignore[arg-type]
