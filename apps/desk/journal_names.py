"""What the journal's ids stand for: people, objects and personal values of one page, in two statements."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import CharField, F, Model, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim

from apps.accounts.models import Invitation, Membership, Organization, User
from apps.accounts.tenancy import TenantQuerySet
from apps.audit.models import PersonalValue
from apps.buildings.models import BankAccount, BuildingAccess
from apps.expenses.models import (
    Approval,
    Attachment,
    ClosedSpan,
    Expense,
    ExpenseLine,
    LinePortion,
    LotAmount,
    Withdrawal,
)
from apps.owners.models import AccountHolder, HolderMember, Holding, OpeningBalance, Owner, OwnerAccess
from apps.privacy.models import LegalHold, PreparedCopy, PrivacyRequest
from apps.takeover.models import Takeover
from apps.units.models import DistributionKey, KeyWeight, Reading, Revision, Unit
from koprogo.rules import Audited


def _joined(*fields: str, by: str = " · ") -> Any:
    parts: list[Any] = []
    for name in fields:
        parts += [Value(by), F(name)]
    return Concat(*parts[1:], output_field=TextField())


def _person(path: str = "") -> Any:
    return Coalesce(NullIf(F(f"{path}name"), Value("")), F(f"{path}email"))


def _owner(path: str = "") -> Any:
    return Trim(_joined(f"{path}first_name", f"{path}name", by=" "))


def _holder(path: str = "") -> Any:
    """Its members' names."""
    members = HolderMember.objects.filter(holder=OuterRef(f"{path}pk")).order_by().values("holder")
    names = StringAgg(_owner("owner__"), Value(", "), distinct=True)
    return Subquery(members.annotate(names=names).values("names"), output_field=TextField())


# How a kind of object is called where its own words do not tell, for one query over all of them.
LABELS: dict[type[Model], Any] = {
    Organization: F("name"),
    User: _person(),
    Membership: _person("user__"),
    Invitation: _person("membership__user__"),
    BankAccount: F("building__name"),
    BuildingAccess: _joined("membership__user__name", "building__name"),
    Unit: _joined("number", "building__name"),
    DistributionKey: _joined("code", "building__name"),
    KeyWeight: _joined("key__code", "unit__number"),
    Owner: _owner(),
    AccountHolder: _holder(),
    HolderMember: _owner("owner__"),
    Holding: _joined("unit__number", "building__name"),
    OpeningBalance: _holder("holder__"),
    OwnerAccess: _owner("owner__"),
    Expense: _joined("number", "description"),
    ExpenseLine: _joined("expense__number", "description"),
    Approval: _joined("expense__number", "expense__description"),
    Withdrawal: _joined("approval__expense__number", "approval__expense__description"),
    LinePortion: _joined("line__expense__number", "line__description"),
    LotAmount: _joined("line__expense__number", "unit__number"),
    Attachment: F("document__name"),
    ClosedSpan: F("building__name"),
    Revision: F("building__name"),
    Reading: _joined("key__code", "unit__number"),
    Takeover: F("document__name"),
    PrivacyRequest: _owner("owner__"),
    PreparedCopy: _owner("owner__"),
    LegalHold: Coalesce(NullIf(_owner("owner__"), Value("")), F("building__name")),
}
# A kind that nobody named above is called by the first of these fields that it has, else by its number.
TELLING = ["name", "title", "label", "description", "code", "number"]

MODELS: dict[str, type[Model]] = {
    model._meta.db_table: model
    for model in apps.get_models()
    if any(isinstance(rule, Audited) for rule in model._meta.constraints)
}
USERS = User._meta.db_table

Reference = tuple[str, int]  # table, id


@dataclass(slots=True)
class Names:
    """Of what no longer exists or was erased there is none."""

    objects: dict[Reference, str] = field(default_factory=dict)
    personal: dict[int, Any] = field(default_factory=dict)


def read_names(organization: Organization, references: Iterable[Reference], personal: Iterable[int]) -> Names:
    return Names(
        {(table, pk): label.strip() for table, pk, label in _labels(organization, set(references)) if label},
        dict(PersonalValue.objects.filter(pk__in=set(personal)).values_list("pk", "value")),
    )


def ids_by_table(references: Iterable[Reference]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {}
    for table, pk in sorted(references):
        ids.setdefault(table, []).append(pk)
    return ids


def _labels(organization: Organization, references: set[Reference]) -> Iterable[tuple[str, int, str | None]]:
    ids = ids_by_table(references)
    queries = [_query(organization, MODELS[table], pks) for table, pks in ids.items() if table in MODELS]
    if not queries:
        return []
    return queries[0].union(*queries[1:], all=True)


def _query(organization: Organization, model: type[Model], pks: list[int]) -> "QuerySet[Any, Any]":
    found = model._default_manager.filter(pk__in=pks)
    if isinstance(found, TenantQuerySet):
        found = found.for_organization(organization)
    table = Value(model._meta.db_table, output_field=CharField())
    return found.values_list(table, "pk", Cast(_label(model), TextField())).order_by()


def _label(model: type[Model]) -> Any:
    if model in LABELS:
        return LABELS[model]
    own = {field.name for field in model._meta.fields}
    return next((F(name) for name in TELLING if name in own), Value(""))
