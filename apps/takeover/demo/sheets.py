"""Rows of a demonstration as a takeover workbook."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from apps.takeover.reading.sheets import SHEETS
from koprogo.money import CENT

Rows = dict[str, list[dict[str, Any]]]  # sheet's title → rows by header


def as_workbook(rows: Rows) -> BytesIO:
    book = Workbook(write_only=True)
    for sheet in SHEETS:
        page = book.create_sheet(sheet.title)
        headers = [column.header for column in sheet.columns]
        page.append(headers)
        for row in rows.get(sheet.title, []):
            page.append([row.get(header) for header in headers])
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def owner(
    code: str, kind: str, names: tuple[str, str, str], language: str, address: tuple[str, str, str, str]
) -> dict[str, Any]:
    """`names`: salutation, first name, name; `address`: street, postcode, city, country."""
    salutation, first_name, name = names
    street, postcode, city, country = address
    return {
        "Code": code, "Type": kind, "Civilité": salutation, "Prénom": first_name, "Nom ou raison sociale": name,
        "Langue": language, "E-mail": f"{code.lower()}@example.be", "Rue et numéro": street, "Code postal": postcode,
        "Localité": city, "Pays": country,
    }  # fmt: skip


def right(
    building: str, lot: str, code: str, since: date, *, kind: str = "pleine propriété", part: str = "1/1"
) -> dict[str, Any]:
    return {"Immeuble": building, "Lot": lot, "Copropriétaire": code, "Droit": kind, "Part": part, "Du": since}


def invoice(
    building: str, supplier: str, number: str, on: date, text: str, account: str, key: str, net: str, rate: int,
    period: tuple[date, date],
) -> dict[str, Any]:  # fmt: skip
    """An invoice of one line; `period` by its first and last day."""
    amount = Decimal(net)
    vat = (amount * rate / 100).quantize(CENT, ROUND_HALF_UP)
    return {
        "Immeuble": building, "Fournisseur": supplier, "Numéro": number, "Date": on,
        "Échéance": on + timedelta(days=30), "Libellé": text, "Compte": account, "Clé": key,
        "HTVA": amount, "TVA %": rate, "TVA": vat, "TTC": amount + vat,
        "Période du": period[0], "Période au": period[1],
    }  # fmt: skip
