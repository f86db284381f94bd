"""The eight sheets of the takeover workbook."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.takeover.reading import amounts, codes, labels, limits, rows
from apps.takeover.reading.columns import (
    BUILDING,
    COUNTRY,
    ENTERPRISE,
    Column,
    choice,
    code,
    day,
    iban,
    integer,
    money,
    text,
)
from koprogo import numbers

README = "Lisez-moi"


@dataclass(frozen=True, slots=True)
class Sheet:
    """`field` is the name in Takeover; `last_days` are fields whose last day, included, becomes a half-open end."""

    title: str
    field: str
    row_type: type[Any]
    help: str | Promise
    columns: tuple[Column, ...]
    required: bool = True
    last_days: tuple[str, ...] = ()

    def index(self, field: str) -> int:
        return next(index for index, column in enumerate(self.columns) if column.field == field)


BUILDINGS = Sheet(
    "Immeubles",
    "buildings",
    rows.BuildingRow,
    _("Une ligne par copropriété."),
    (
        code("Référence", "reference", limits.REFERENCE, _("Votre code pour cet immeuble.")),
        text("Nom", "name", limits.NAME),
        text("Rue et numéro", "street", limits.STREET),
        code("Code postal", "postcode", limits.POSTCODE),
        text("Commune", "city", limits.CITY),
        COUNTRY,
        ENTERPRISE,
        integer("Total des quotités", "total_shares", _("La somme des quotités des lots."), (1, limits.MAX_INTEGER)),
        integer("Année de construction", "built_year", _("Vide si elle est inconnue."), (1000, 2199), None),
        integer("Mois de début d'exercice", "fiscal_year_start_month", _("De 1 à 12."), (1, 12)),
        iban("IBAN courant", "current_iban"),
        iban("IBAN réserve", "reserve_iban"),
    ),
)

UNITS = Sheet(
    "Lots",
    "units",
    rows.UnitRow,
    _("Une ligne par lot, dans l'ordre où les lots doivent apparaître."),
    (
        BUILDING,
        code("Lot", "number", limits.UNIT_NUMBER, _("Le numéro du lot.")),
        choice("Type", "kind", labels.UNIT_KINDS),
        integer("Étage", "floor", _("0 pour le rez-de-chaussée ; peut rester vide."), (-99, 999), None),
        Column("Surface m²", "area", numbers.positive(2, limits.MAX_AREA), _("Peut rester vide."), None, look="number"),
        integer("Quotités", "share", _("Les quotités de l'acte de base.")),
    ),
)

OWNERS = Sheet(
    "Copropriétaires",
    "owners",
    rows.OwnerRow,
    _("Une ligne par personne ou société."),
    (
        code("Code", "code", limits.CODE, _("Votre code pour cette personne ; il sert dans les autres feuilles.")),
        choice("Type", "kind", labels.OWNER_KINDS),
        text("Civilité", "salutation", limits.SALUTATION, _("Peut rester vide."), ""),
        text("Prénom", "first_name", limits.FIRST_NAME, _("Peut rester vide."), ""),
        text("Nom ou raison sociale", "name", limits.NAME),
        choice("Langue", "language", labels.LANGUAGES),
        Column("E-mail", "email", codes.email, _("Une seule adresse ; peut rester vide."), ""),
        code("Téléphone", "phone", limits.PHONE, _("Peut rester vide."), ""),
        text("Rue et numéro", "street", limits.STREET, _("Peut rester vide."), ""),
        code("Code postal", "postcode", limits.POSTCODE, _("Peut rester vide."), ""),
        text("Localité", "city", limits.CITY, _("Peut rester vide."), ""),
        COUNTRY,
        iban("IBAN", "iban"),
        ENTERPRISE,
    ),
)

OWNERSHIPS = Sheet(
    "Propriétés",
    "ownerships",
    rows.OwnershipRow,
    _("Qui détient quel lot, depuis quand. À tout moment, les parts d'un lot font un lot entier."),
    (
        BUILDING,
        code("Lot", "unit", limits.UNIT_NUMBER, _("Numéro du lot.")),
        code("Copropriétaire", "owner", limits.CODE, _("Code du copropriétaire.")),
        choice("Droit", "right", labels.RIGHTS),
        Column("Part", "fraction", amounts.fraction, _("1/1, 1/2, 0,5 ou 50 % ; la cellule au format Texte.")),
        day("Du", "starts_on", _("Premier jour.")),
        day("Au", "ends_on", _("Dernier jour, compris ; vide si le droit dure encore."), None),
    ),
    last_days=("ends_on",),
)

KEYS = Sheet(
    "Clés",
    "keys",
    rows.KeyRow,
    _("Les clés de répartition des charges."),
    (
        BUILDING,
        code("Code", "code", limits.CODE, _("Code de la clé ; il sert dans les feuilles Poids et Dépenses.")),
        text("Nom", "name", limits.NAME),
        choice(
            "Type",
            "kind",
            labels.KEY_KINDS,
            _(
                "quotités : tous les lots selon leurs quotités, sans lignes dans Poids ; sous-ensemble : les quotités "
                "des lots listés dans Poids ; égal : 1 par lot listé ; poids : les poids indiqués."
            ),
        ),
    ),
)

WEIGHTS = Sheet(
    "Poids",
    "weights",
    rows.WeightRow,
    _("Les lots de chaque clé, sauf les clés « quotités »."),
    (
        BUILDING,
        code("Clé", "key", limits.CODE, _("Code de la clé.")),
        code("Lot", "unit", limits.UNIT_NUMBER, _("Numéro du lot.")),
        Column(
            "Poids",
            "weight",
            numbers.positive(3, limits.MAX_WEIGHT),
            _("Trois décimales au plus ; peut rester vide pour « sous-ensemble » et « égal »."),
            None,
            look="number",
        ),
    ),
    required=False,
)

EXPENSES = Sheet(
    "Dépenses",
    "expenses",
    rows.ExpenseRow,
    _("Une ligne par ligne de facture."),
    (
        BUILDING,
        Column("Fournisseur", "supplier", codes.supplier, _("Nom du fournisseur.")),
        code("Numéro", "number", limits.INVOICE_NUMBER, _("Numéro de la facture.")),
        integer("Ligne", "line", _("Numéro de la ligne dans la facture ; vide : 1."), (1, 9999), 1, optional=True),
        day("Date", "date", _("Date de la facture.")),
        day("Échéance", "due_on", _("Peut rester vide."), None),
        text("Libellé", "description", limits.DESCRIPTION),
        Column("Compte", "account", codes.account, _("De 3 à 8 chiffres, classe 6 ou 7.")),
        code("Clé", "key", limits.CODE, _("Code de la clé, ou bien un lot privatif."), None),
        code("Lot privatif", "private_unit", limits.UNIT_NUMBER, _("Lot qui supporte seul la dépense."), None),
        money("HTVA", "net"),
        Column("TVA %", "vat_rate", amounts.rate, _("21 veut dire 21 %."), look="number"),
        money("TVA", "vat"),
        money("TTC", "gross", _("HTVA + TVA.")),
        day("Période du", "period_start", _("Premier jour.")),
        day("Période au", "period_end", _("Dernier jour, compris.")),
        choice(
            "Répartition",
            "day_rule",
            labels.DAY_RULES,
            _(
                "jours : au prorata des jours de détention ; date : qui détient le lot ce jour-là ; vide : selon le "
                "compte."
            ),
            None,
            optional=True,
        ),
        day("Date de référence", "reference_on", _("Pour « date » ; vide : celle de la facture."), None, optional=True),
    ),
    required=False,
    last_days=("period_end",),
)

BALANCES = Sheet(
    "Soldes",
    "balances",
    rows.BalanceRow,
    _("Ce que chaque titulaire doit à la reprise."),
    (
        BUILDING,
        code("Titulaire", "holder", limits.CODE, _("Code d'un des copropriétaires qui détiennent ensemble.")),
        code("Lot", "unit", limits.UNIT_NUMBER, _("Un de leurs lots ; peut rester vide."), None),
        choice("Nature", "kind", labels.BALANCE_KINDS),
        money("Solde", "amount", _("Une dette est positive, un avoir négatif.")),
        day("Au", "on", _("Jour du solde.")),
    ),
    required=False,
)

SHEETS = (BUILDINGS, UNITS, OWNERS, OWNERSHIPS, KEYS, WEIGHTS, EXPENSES, BALANCES)
