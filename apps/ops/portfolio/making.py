"""Making a whole portfolio: offices one by one, their buildings by chunks, in one transaction."""

from collections.abc import Callable

from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction

from apps.accounts.models import Organization
from apps.buildings.models import BankAccount, Building
from apps.expenses.models import Approval, Expense, ExpenseLine, LotPart
from apps.ops.portfolio.bulk import continue_numbers, copy, copy_instances, lifted, restart_numbers
from apps.ops.portfolio.checks import check_rules
from apps.ops.portfolio.offices import found_office, staff_office
from apps.ops.portfolio.rows import LOT_PART_COLUMNS, Drawing, OfficeDrawing
from apps.ops.portfolio.size import Size
from apps.owners.models import AccountHolder, HolderMember, Holding, Owner
from apps.units.models import DistributionKey, KeyWeight, Unit
from koprogo.context import COMMAND_LINE, working_as

Progress = Callable[[str], None]

CHUNK = 10  # buildings: what stands in memory at once
MODELS: list[type[models.Model]] = [
    Building, BankAccount, Unit, DistributionKey, KeyWeight, Owner, AccountHolder, HolderMember, Holding,
    Expense, ExpenseLine, Approval, LotPart,
]  # fmt: skip
TABLES = [model._meta.db_table for model in MODELS]


class AlreadyInUse(Exception):
    """There are organizations already: a portfolio stands alone."""


def make_portfolio(size: Size, *, password: str, progress: Progress) -> None:
    """Write a portfolio into a database without organizations, under the owner's role.

    Raises AlreadyInUse, RulesBroken; nothing is written then.

    Row triggers are silent meanwhile, but for buildings: each has its one audit event.
    """
    if Organization.objects.exists():
        raise AlreadyInUse
    drawing, password_hash = Drawing(), make_password(password)
    with transaction.atomic():
        with lifted(TABLES, audited=Building._meta.db_table):
            restart_numbers(TABLES)
            for number, buildings in enumerate(size.offices(), start=1):
                _make_office(drawing, size, number, buildings, password_hash)
                progress(f"{buildings[-1]} immeubles sur {size.buildings} écrits.")
            continue_numbers(TABLES)
            progress("Clés étrangères et index…")
        _run(f"ANALYZE {', '.join(TABLES)}")
        progress("Contrôle…")
        progress(f"{check_rules()} règles contrôlées sur toutes les lignes : elles tiennent.")
    # The few rows of the other tables too: of a table it never looked at the planner takes for granted one row.
    _run(f"VACUUM (ANALYZE) {', '.join(connection.introspection.django_table_names(only_existing=True))}")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _make_office(drawing: Drawing, size: Size, number: int, buildings: range, password_hash: str) -> None:
    organization = found_office(number)
    with working_as(organization_id=organization.pk, actor=COMMAND_LINE):
        office = OfficeDrawing(drawing, staff_office(organization, number, password_hash))
        for done, building in enumerate(buildings, start=1):
            office.building(building, size.invoices_a_year(building))
            if done % CHUNK == 0 or done == len(buildings):
                rows, lot_parts = office.take()
                copy_instances(rows)
                copy(LotPart._meta.db_table, LOT_PART_COLUMNS, lot_parts)
