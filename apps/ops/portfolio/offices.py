"""An office of the portfolio with its people and suppliers, made row by row: each has its audit event."""

from dataclasses import dataclass
from random import Random

from apps.accounts.models import Membership, Organization, User
from apps.accounts.permissions import Role
from apps.expenses.models import Supplier
from apps.ops.portfolio.invoices import TRADES
from apps.ops.portfolio.words import company_name, enterprise_number, iban
from koprogo.search import normalise

SUPPLIERS_A_TRADE = 3
SUPPLIER_SERIALS = 9_940_000  # of enterprise numbers


@dataclass(frozen=True)
class Office:
    organization: Organization
    manager: User
    assistant: User
    suppliers: dict[str, list[Supplier]]  # by trade


def manager_email(number: int) -> str:
    return f"gestion@portefeuille{number}.example.be"


def found_office(number: int) -> Organization:
    return Organization.objects.create(name=f"Syndic Portefeuille {number}", slug=f"portefeuille-{number}")


def staff_office(organization: Organization, number: int, password_hash: str) -> Office:
    """Inside the organization's context. All people have the same password: a good hash takes its time."""
    return Office(
        organization,
        _member(organization, Role.MANAGER, manager_email(number), "Nora Maes", password_hash),
        _member(organization, Role.ASSISTANT, f"bureau@portefeuille{number}.example.be", "Tom Lejeune", password_hash),
        _suppliers(organization, number),
    )


def _member(organization: Organization, role: Role, email: str, name: str, password_hash: str) -> User:
    user = User.objects.create(email=email, name=name, password=password_hash)
    Membership.objects.create(organization=organization, user=user, role=role)
    return user


def _suppliers(organization: Organization, number: int) -> dict[str, list[Supplier]]:
    rng = Random(f"suppliers {number}")
    found = {trade: [_supplier(organization, rng, trade, nth) for nth in range(1, SUPPLIERS_A_TRADE + 1)]
             for trade in TRADES}  # fmt: skip
    Supplier.objects.bulk_create(supplier for suppliers in found.values() for supplier in suppliers)
    return found


def _supplier(organization: Organization, rng: Random, trade: str, nth: int) -> Supplier:
    return Supplier(
        organization=organization, name=f"{trade.capitalize()} {company_name(rng)} {nth}", iban=iban(rng),
        enterprise_number=enterprise_number(SUPPLIER_SERIALS + rng.randrange(10_000)),
        email=f"factures@{normalise(trade)}{nth}.example.be",
    )  # fmt: skip
