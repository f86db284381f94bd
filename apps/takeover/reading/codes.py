"""Numbers with check digits and other codes whose form is fixed."""

import re

from django.utils.translation import gettext as _

from apps.takeover.reading import limits
from apps.takeover.reading.values import short_text, text_of
from koprogo import readers
from koprogo.readers import Invalid
from koprogo.xlsx import Cell


def enterprise_number(cell: Cell) -> str:
    return readers.enterprise_number(text_of(cell))


def bank_account(cell: Cell) -> str:
    return readers.bank_account(text_of(cell))


def email(cell: Cell) -> str:
    return readers.email(short_text(limits.EMAIL)(cell))


def country(cell: Cell) -> str:
    return readers.country(text_of(cell))


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
