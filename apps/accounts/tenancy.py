"""What every tenant table shares: its organization, and querysets that start from it."""

from typing import Self

from django.db import models


class TenantQuerySet(models.QuerySet):
    def for_organization(self, organization: models.Model | int) -> Self:
        """The first wall. The second, row-level security, is PostgreSQL's (koprogo.rules)."""
        return self.filter(organization=organization)


class TenantModel(models.Model):
    organization = models.ForeignKey("accounts.Organization", models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


def tenant_key(to: str, on_delete: object = models.PROTECT, **options: object) -> models.ForeignKey:
    """A foreign key to another tenant table. PostgreSQL's constraint is the one that `walled(refers=…)` makes."""
    return models.ForeignKey(to, on_delete, db_constraint=False, **options)  # type: ignore[arg-type]
