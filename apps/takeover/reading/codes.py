"""Numbers with check digits and other codes whose form is fixed."""

import re

from django.utils.translation import gettext as _
from stdnum import iban
from stdnum.be import vat
from stdnum.exceptions import ValidationError

from apps.takeover.reading import limits
from apps.takeover.reading.values import Invalid, short_text, text_of
from koprogo.xlsx import Cell

EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}", re.ASCII
)


def enterprise_number(cell: Cell) -> str:
    """Ten digits, the last two 97 − (first eight mod 97); nine digits get their leading 0 (DOMAIN.md BE-04)."""
    text = text_of(cell)
    try:
        number = str(vat.validate(text))
    except ValidationError:
        number = ""
    if not number or 97 - int(number[:8]) % 97 != int(number[8:]):
        raise Invalid(_("Ce numéro d'entreprise n'est pas valable (10 chiffres, dont 2 de contrôle) : vérifiez-le."))
    return number


def bank_account(cell: Cell) -> str:
    """An IBAN without spaces, with the Belgian check digits for a Belgian one (DOMAIN.md §5.2)."""
    text = text_of(cell)
    try:
        number = str(iban.validate(text, check_country=False))
    except ValidationError:
        number = ""
    if not number or (number.startswith("BE") and not _is_belgian(number)):
        raise Invalid(_("Cet IBAN n'est pas valable (chiffres de contrôle) : vérifiez-le."))
    return number


def _is_belgian(number: str) -> bool:
    return (int(number[4:14]) % 97 or 97) == int(number[14:])


def email(cell: Cell) -> str:
    text = short_text(limits.EMAIL)(cell)
    if not EMAIL.fullmatch(text):
        raise Invalid(_("Cette adresse e-mail n'est pas valable : écrivez une adresse, comme nom@exemple.be."))
    return text


def country(cell: Cell) -> str:
    text = text_of(cell).upper()
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise Invalid(_("Écrivez le pays en deux lettres, par exemple BE, FR ou LU."))
    return text


def account(cell: Cell) -> str:
    text = text_of(cell)
    if not re.fullmatch(r"[67]\d{2,7}", text, re.ASCII):
        raise Invalid(_("Un compte de charges ou de produits a 3 à 8 chiffres et commence par 6 ou 7."))
    return text


def supplier(cell: Cell) -> str:
    text = short_text(limits.NAME, free=True)(cell)
    if not any(character.isalnum() for character in text):
        raise Invalid(_("Écrivez le nom du fournisseur."))
    return text
