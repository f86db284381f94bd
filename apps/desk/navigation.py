"""What stands in the navigation, and for whom: settings.KOPROGO_NAVIGATION names it to the frame."""

from django.utils.translation import gettext_noop

from koprogo.jinja import Item

NAVIGATION: dict[str, tuple[Item, ...]] = {
    "": (
        Item("desk:home", gettext_noop("Tableau de bord"), "layout-dashboard", "see"),
        Item("desk:home", gettext_noop("Mes lots"), "door", "own"),
    ),
    gettext_noop("Copropriétés"): (
        Item("buildings:list", gettext_noop("Immeubles"), "building-community", "see"),
        Item("units:list", gettext_noop("Lots"), "door", "see"),
        Item("owners:list", gettext_noop("Copropriétaires"), "users", "see"),
    ),
    gettext_noop("Comptes"): (
        Item("expenses:list", gettext_noop("Dépenses"), "receipt-euro", "see"),
        Item("expenses:suppliers", gettext_noop("Fournisseurs"), "truck-delivery", "suppliers"),
    ),
    gettext_noop("Bureau"): (
        Item("takeover:upload", gettext_noop("Reprise"), "file-import", "import"),
        Item("jobs:list", gettext_noop("Traitements"), "progress", "submit"),
        Item("desk:journal", gettext_noop("Journal"), "history", "journal"),
        Item("privacy:list", gettext_noop("Données personnelles"), "lock", "privacy"),
        Item("accounts:team", gettext_noop("Équipe"), "users-group", "team"),
    ),
}
