"""Residentie Zeezicht, Oostende: two blocks of flats and a car park, many second homes (DOMAIN.md §9 D3)."""

from datetime import date
from decimal import Decimal
from typing import Any

from apps.takeover.demo.sheets import Rows, invoice, owner, right
from koprogo.money import allocate

REFERENCE = "ZEE"
FLATS = [(block, floor, door) for block in "AB" for floor in range(1, 9) for door in "1234"][:62]
AREAS = {"1": 88, "2": 64, "3": 64, "4": 92}
PARKINGS = [f"P{number:02}" for number in range(1, 41)]
TOTAL, PARKING_SHARE = 100_000, 150

FIRST_NAMES = ["An", "Bart", "Christine", "Dirk", "Eva", "Frank", "Greet", "Hans", "Ilse", "Jan", "Katrien", "Luc"]
NAMES = ["Peeters", "Janssens", "Maes", "Jacobs", "Claes", "Willems", "Wouters", "Mertens", "Goossens", "Dubois",
         "Schneider", "Weber", "Lefèvre", "Muller", "De Smet", "Van den Berghe"]  # fmt: skip
ADDRESSES = [
    ("Zeedijk 140", "8400", "Oostende", "BE"), ("Veldstraat 12", "9000", "Gent", "BE"),
    ("Meir 44", "2000", "Antwerpen", "BE"), ("Kölner Straße 8", "50667", "Köln", "DE"),
    ("Rue de Béthune 14", "59000", "Lille", "FR"), ("Grand-Rue 31", "1661", "Luxembourg", "LU"),
    ("Bondgenotenlaan 5", "3000", "Leuven", "BE"),
]  # fmt: skip
LANGUAGES = {"BE": "nl", "DE": "de", "FR": "fr", "LU": "fr"}
YEAR = (date(2025, 7, 1), date(2026, 6, 30))
# supplier, month and year, words, account, key, net, VAT rate
COSTS = [
    ("Kustverzekering NV", date(2025, 7, 8), "Brandverzekering 2025-2026", "6140000", "ALG", "18450.00", 0),
    ("Schoon & Net BV", date(2025, 9, 30), "Schoonmaak 3e kwartaal", "6105", "ALG", "4620.00", 21),
    ("Schoon & Net BV", date(2025, 12, 31), "Schoonmaak 4e kwartaal", "6105", "ALG", "4620.00", 21),
    ("Schoon & Net BV", date(2026, 3, 31), "Schoonmaak 1e kwartaal", "6105", "ALG", "4620.00", 21),
    ("Liften Noordzee NV", date(2025, 8, 14), "Onderhoud lift blok A", "6101", "LIA", "2340.00", 6),
    ("Liften Noordzee NV", date(2025, 8, 14), "Onderhoud lift blok B", "6101", "LIB", "2340.00", 6),
    ("Keuring Vlaanderen VZW", date(2025, 11, 5), "Keuring liften", "6101", "ALG", "780.00", 21),
    ("Elektra Kust NV", date(2025, 10, 20), "Elektriciteit gemene delen", "6121", "ALG", "6120.35", 21),
    ("De Watergroep", date(2026, 1, 16), "Water", "6120", "ALG", "9810.00", 6),
    ("Gevel & Zee BV", date(2026, 2, 11), "Gevelherstelling blok A", "6110001", "BLA", "14250.00", 6),
    ("Poort Service BV", date(2026, 3, 3), "Onderhoud garagepoort", "61044", "PAR", "640.00", 21),
    ("Kust Syndicus BV", date(2026, 4, 2), "Ereloon syndicus", "613000", "ALG", "14880.00", 21),
    ("Brandveilig BV", date(2026, 4, 28), "Nazicht brandblussers", "6100", "EGA", "930.00", 21),
    ("Groen aan Zee BV", date(2026, 5, 19), "Tuinonderhoud", "6106", "ALG", "2150.00", 21),
    ("Bank aan Zee NV", date(2026, 6, 30), "Bankkosten", "6500", "ALG", "312.00", 0),
]


def lot_of(flat: tuple[str, int, str]) -> str:
    block, floor, door = flat
    return f"{block}{floor}{door}"


def zeezicht() -> Rows:
    return {
        "Immeubles": [_building()],
        "Lots": _lots(),
        "Copropriétaires": _owners(),
        "Propriétés": _rights(),
        "Clés": [
            {"Immeuble": REFERENCE, "Code": code, "Nom": name, "Type": kind}
            for code, name, kind in [
                ("ALG", "Algemene quotiteiten", "quotités"), ("BLA", "Blok A", "sous-ensemble"),
                ("BLB", "Blok B", "sous-ensemble"), ("LIA", "Lift blok A", "poids"), ("LIB", "Lift blok B", "poids"),
                ("PAR", "Parkings", "égal"), ("EGA", "Gelijk per appartement", "égal"),
            ]
        ],
        "Poids": _weights(),
        "Dépenses": [
            invoice(REFERENCE, supplier, f"{on:%y%m}-{position:03}", on, text, account, key, net, rate, YEAR)
            for position, (supplier, on, text, account, key, net, rate) in enumerate(COSTS, start=1)
        ],
    }  # fmt: skip


def _building() -> dict[str, Any]:
    return {
        "Référence": REFERENCE, "Nom": "Residentie Zeezicht", "Rue et numéro": "Zeedijk 140", "Code postal": "8400",
        "Commune": "Oostende", "Pays": "BE", "Numéro d'entreprise": "0999900348", "Total des quotités": TOTAL,
        "Année de construction": 1987, "Mois de début d'exercice": 7,
    }  # fmt: skip


def _shares() -> dict[str, int]:
    """The flats share by area what the car park leaves."""
    flats = TOTAL - PARKING_SHARE * len(PARKINGS)
    shares = allocate(Decimal(flats) / 100, [AREAS[door] for _, _, door in FLATS])
    return {lot_of(flat): int(share * 100) for flat, share in zip(FLATS, shares, strict=True)}


def _lots() -> list[dict[str, Any]]:
    shares = _shares()
    flats = [
        {"Immeuble": REFERENCE, "Lot": lot_of(flat), "Type": "appartement", "Étage": flat[1],
         "Surface m²": AREAS[flat[2]], "Quotités": shares[lot_of(flat)]}
        for flat in FLATS
    ]  # fmt: skip
    parkings = [
        {"Immeuble": REFERENCE, "Lot": lot, "Type": "parking", "Étage": -1, "Surface m²": 12, "Quotités": PARKING_SHARE}
        for lot in PARKINGS
    ]
    return flats + parkings


def _code(index: int) -> str:
    return f"Z{index + 1:03}"


def _owners() -> list[dict[str, Any]]:
    found = []
    for index in range(len(FLATS)):
        address = ADDRESSES[index * 5 % len(ADDRESSES)]
        names = ("", FIRST_NAMES[index * 7 % len(FIRST_NAMES)], NAMES[index * 5 % len(NAMES)])
        found.append(owner(_code(index), "personne", names, LANGUAGES[address[3]], address))
    found.append(owner("Z900", "société", ("", "", "Kust Invest BV"), "nl", ADDRESSES[2]))
    return found


def _rights() -> list[dict[str, Any]]:
    """One owner a flat; every tenth flat is a couple's, three are a company's; a car park space goes with a flat."""
    rights = []
    for index, flat in enumerate(FLATS):
        lots = [lot_of(flat), *PARKINGS[index : index + 1]]
        since = date(1990 + index * 3 % 33, 1 + index % 12, 1)
        for lot in lots:
            if index % 20 == 7:
                rights.append(right(REFERENCE, lot, "Z900", since))
            elif index % 10 == 3:
                rights += [right(REFERENCE, lot, _code(each), since, part="1/2") for each in (index, index + 1)]
            else:
                rights.append(right(REFERENCE, lot, _code(index), since))
    return rights


def _weights() -> list[dict[str, Any]]:
    rows: list[tuple[str, str, int | None]] = []
    for flat in FLATS:
        block, floor, _ = flat
        rows.append((f"BL{block}", lot_of(flat), None))
        rows.append((f"LI{block}", lot_of(flat), 60 + 10 * floor))
        rows.append(("EGA", lot_of(flat), 1))
    rows += [("PAR", lot, 1) for lot in PARKINGS]
    return [{"Immeuble": REFERENCE, "Clé": key, "Lot": lot, "Poids": weight} for key, lot, weight in rows]
