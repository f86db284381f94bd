"""What the journal's ids stand for: people, objects and personal values of one page, in two statements."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, F, Model, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from apps.accounts.models import Invitation, Membership, Organization, User
from apps.accounts.tenancy import TenantQuerySet
from apps.audit.models import PersonalValue
from apps.buildings.models import BankAccount, Building, BuildingAccess
from apps.documents.models import Document
from apps.expenses.models import Approval, Expense, ExpenseLine, Supplier
from apps.jobs.models import Job
from apps.owners.models import AccountHolder, HolderMember, Holding, OpeningBalance, Owner, OwnerAccess
from apps.takeover.models import Takeover
from apps.units.models import DistributionKey, KeyWeight, Unit


def _joined(*fields: str, by: str = " · ") -> Any:
    parts: list[Any] = []
    for name in fields:
        parts += [Value(by), F(name)]
    return Concat(*parts[1:], output_field=TextField())


def _person(path: str = "") -> Any:
    return Coalesce(NullIf(F(f"{path}name"), Value("")), F(f"{path}email"))


# How each kind of object is called, for one query over all of them.
LABELS: dict[type[Model], Any] = {
    Organization: F("name"),
    User: _person(),
    Membership: _person("user__"),
    Invitation: _person("membership__user__"),
    Building: F("name"),
    BankAccount: F("building__name"),
    BuildingAccess: _joined("membership__user__name", "building__name"),
    Unit: _joined("number", "building__name"),
    DistributionKey: _joined("code", "building__name"),
    KeyWeight: _joined("key__code", "unit__number"),
    Owner: _joined("first_name", "name", by=" "),
    AccountHolder: F("building__name"),
    HolderMember: _joined("owner__first_name", "owner__name", by=" "),
    Holding: _joined("unit__number", "building__name"),
    OpeningBalance: F("building__name"),
    OwnerAccess: _joined("owner__first_name", "owner__name", by=" "),
    Supplier: F("name"),
    Expense: _joined("number", "description"),
    ExpenseLine: _joined("expense__number", "description"),
    Approval: _joined("expense__number", "expense__description"),
    Document: F("name"),
    Job: F("title"),
    Takeover: F("document__name"),
}
MODELS: dict[str, type[Model]] = {model._meta.db_table: model for model in LABELS}
USERS = User._meta.db_table

Reference = tuple[str, int]  # table, id


@dataclass(slots=True)
class Names:
    """Of what no longer exists or was erased there is none."""

    objects: dict[Reference, str] = field(default_factory=dict)
    personal: dict[int, Any] = field(default_factory=dict)


def read_names(organization: Organization, references: Iterable[Reference], personal: Iterable[int]) -> Names:
    return Names(
        {(table, pk): label.strip() for table, pk, label in _labels(organization, set(references))},
        dict(PersonalValue.objects.filter(pk__in=set(personal)).values_list("pk", "value")),
    )


def _labels(organization: Organization, references: set[Reference]) -> Iterable[tuple[str, int, str]]:
    ids: dict[str, list[int]] = {}
    for table, pk in sorted(references):
        ids.setdefault(table, []).append(pk)
    queries = [_query(organization, MODELS[table], pks) for table, pks in ids.items() if table in MODELS]
    if not queries:
        return []
    return queries[0].union(*queries[1:], all=True)


def _query(organization: Organization, model: type[Model], pks: list[int]) -> "QuerySet[Any, Any]":
    found = model._default_manager.filter(pk__in=pks)
    if isinstance(found, TenantQuerySet):
        found = found.for_organization(organization)
    table = Value(model._meta.db_table, output_field=CharField())
    return found.values_list(table, "pk", Cast(LABELS[model], TextField())).order_by()
