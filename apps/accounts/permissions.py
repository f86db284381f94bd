"""Who may do what: one table. Which buildings a reader sees is kept in buildings, which owner a user is in owners."""

from typing import Literal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

Permission = Literal[
    "see", "suppliers", "import", "edit", "submit", "approve", "pay", "close", "export", "team", "journal", "privacy",
    "own",
]  # fmt: skip

PERMISSIONS: dict[Permission, str] = {
    "see": "see buildings, lots, owners, invoices and their papers",
    "suppliers": "see the office's suppliers",
    "import": "bring in a takeover workbook",
    "edit": "write buildings, lots, keys, owners, suppliers, and who holds which lot",
    "submit": "write an invoice and hand it in",
    "approve": "approve or reject an invoice: its apportionment freezes",
    "pay": "mark an approved invoice as paid",
    "close": "close a span of dates, and open it again",
    "export": "download papers",
    "team": "invite colleagues, change their roles, end a membership, require a second factor",
    "journal": "read the journal",
    "privacy": "log owners' requests about their data, export and erase it, apply retention",
    "own": "see one's own lots",
}


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


def printed() -> str:
    """The table as Markdown, for SECURITY.md."""
    head = ["may", *Role.values]
    lines = [head, ["---"] * len(head)]
    for permission, words in PERMISSIONS.items():
        lines.append([words, *("yes" if permission in ROLE_PERMISSIONS[role] else "" for role in Role.values)])
    return "".join(f"| {' | '.join(cells)} |\n".replace("|  |", "| |").replace("|  |", "| |") for cells in lines)


def roles_that_may(permission: Permission) -> list[str]:
    return [role for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
