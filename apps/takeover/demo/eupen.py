"""Kirchstraße 7, Eupen: four flats, a voluntary syndic (DOMAIN.md §9 D4)."""

from datetime import date

from apps.takeover.demo.sheets import Rows, invoice, owner, right

REFERENCE = "EUP"
LOTS = {"EG": (0, 92, 290), "1L": (1, 78, 240), "1R": (1, 78, 240), "DG": (2, 74, 230)}
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
HOUSE = ("Kirchstraße 7", "4700", "Eupen", "BE")
OWNERS = [
    ("E01", ("Frau", "Heidi", "Schmitz"), HOUSE), ("E02", ("Herr", "Karl", "Weber"), HOUSE),
    ("E03", ("Frau", "Petra", "Müller"), ("Hochstraße 3", "4700", "Eupen", "BE")),
    ("E04", ("Herr", "Jonas", "Braun"), HOUSE),
]  # fmt: skip
COSTS = [
    ("Ostbelgien Versicherung AG", date(2025, 1, 20), "Assurance incendie", "6140000", "842.30", 0),
    ("Elek SA", date(2025, 6, 12), "Électricité des communs", "6121", "214.77", 21),
    ("Stadtwerke Eupen", date(2025, 9, 9), "Eau", "6120", "688.40", 6),
    ("Dachdecker Huppertz", date(2025, 10, 2), "Réparation de la gouttière", "6107", "430.00", 6),
    ("Banque du Quai SA", date(2025, 12, 31), "Frais bancaires", "6500", "48.00", 0),
]


def eupen() -> Rows:
    return {
        "Immeubles": [
            {
                "Référence": REFERENCE, "Nom": "Kirchstraße 7", "Rue et numéro": HOUSE[0], "Code postal": HOUSE[1],
                "Commune": HOUSE[2], "Pays": "BE", "Numéro d'entreprise": "0999901041", "Total des quotités": 1000,
                "Année de construction": 1932, "Mois de début d'exercice": 1,
            }
        ],
        "Lots": [
            {"Immeuble": REFERENCE, "Lot": lot, "Type": "appartement", "Étage": floor, "Surface m²": area,
             "Quotités": share}
            for lot, (floor, area, share) in LOTS.items()
        ],
        "Copropriétaires": [owner(code, "personne", names, "de", address) for code, names, address in OWNERS],
        "Propriétés": [
            right(REFERENCE, lot, code, date(2015, 1, 1)) for lot, (code, _, _) in zip(LOTS, OWNERS, strict=True)
        ],
        "Clés": [{"Immeuble": REFERENCE, "Code": "GEN", "Nom": "Quotités générales", "Type": "quotités"}],
        "Dépenses": [
            invoice(REFERENCE, supplier, f"25-{position:02}", on, text, account, "GEN", net, rate, YEAR)
            for position, (supplier, on, text, account, net, rate) in enumerate(COSTS, start=1)
        ],
    }  # fmt: skip
