"""Who may do what: one table. Which buildings a reader sees is kept in buildings, which owner a user is in owners."""

from typing import Literal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

Permission = Literal[
    "see",  # buildings, lots, owners, expenses, papers
    "suppliers",  # the office's suppliers
    "import",  # bring in a takeover workbook
    "edit",  # write buildings, lots, keys, owners, suppliers, and who holds which lot
    "submit",  # write an expense and hand it in
    "approve",  # approve or reject an expense: its apportionment freezes
    "pay",  # mark an approved expense as paid
    "close",  # close a span of dates, and open it again
    "export",  # download papers
    "team",  # invite colleagues, change their roles, end a membership
    "journal",  # read the journal
    "privacy",  # owners’ requests about their data, its export and erasure, what is past its retention
    "own",  # one's own lots (owners)
]


class Role(TextChoices):
    MANAGER = "manager", _("gestionnaire")
    ACCOUNTANT = "accountant", _("comptable")
    ASSISTANT = "assistant", _("assistant")
    READER = "reader", _("lecteur (commissaire, conseil)")
    OWNER = "owner", _("copropriétaire")


# What an invitation says beside each role.
ROLE_SENTENCES = {
    Role.MANAGER: _("tout : reprendre, approuver, inviter, lire le journal"),
    Role.ACCOUNTANT: _("reprendre, encoder, approuver et payer les dépenses, clôturer"),
    Role.ASSISTANT: _("encoder les fiches et les dépenses, les soumettre"),
    Role.READER: _("lire les immeubles qu’on lui confie, sans rien modifier"),
    Role.OWNER: _("voir ses propres lots"),
}

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.MANAGER: frozenset(
        {
            "see",
            "suppliers",
            "import",
            "edit",
            "submit",
            "approve",
            "pay",
            "close",
            "export",
            "team",
            "journal",
            "privacy",
        }
    ),
    Role.ACCOUNTANT: frozenset({"see", "suppliers", "import", "edit", "submit", "approve", "pay", "close", "export"}),
    Role.ASSISTANT: frozenset({"see", "suppliers", "edit", "submit", "export"}),
    Role.READER: frozenset({"see", "export"}),
    Role.OWNER: frozenset({"own"}),
}

OFFICE_ROLES = [Role.MANAGER, Role.ACCOUNTANT, Role.ASSISTANT]


def roles_that_may(permission: Permission) -> list[str]:
    return [role for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
