"""What a typed text means, the same in a form and in a workbook's cell: a reader returns a value or raises Invalid."""

import re
import unicodedata

from django.utils.translation import gettext as _
from stdnum import iban
from stdnum.be import vat
from stdnum.exceptions import ValidationError

EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}", re.ASCII
)


class Invalid(Exception):
    """A value is not one; the text says what to do about it."""


def clean(text: str) -> str:
    """Composed accents, line breaks and exotic spaces as plain spaces, no spaces around; refuses control characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    composed = unicodedata.normalize("NFC", text)
    if composed.isprintable():
        return composed.strip()
    spaced = "".join(" " if character.isspace() else character for character in composed)
    categories = [unicodedata.category(character) for character in spaced]
    if "Cc" in categories or "Cs" in categories:
        raise Invalid(_("Ce texte contient des caractères invisibles : retapez-le."))
    visible = (character for character, category in zip(spaced, categories, strict=True) if category != "Cf")
    return "".join(visible).strip()


def enterprise_number(text: str) -> str:
    """Ten digits, the last two 97 − (first eight mod 97); nine digits get their leading 0 (DOMAIN.md BE-04)."""
    try:
        number = str(vat.validate(text))
    except ValidationError:
        number = ""
    if not number or 97 - int(number[:8]) % 97 != int(number[8:]):
        raise Invalid(_("Ce numéro d'entreprise n'est pas valable (10 chiffres, dont 2 de contrôle) : vérifiez-le."))
    return number


def bank_account(text: str) -> str:
    """An IBAN without spaces, with the Belgian check digits for a Belgian one (DOMAIN.md §5.2)."""
    try:
        number = str(iban.validate(text, check_country=False))
    except ValidationError:
        number = ""
    if not number or (number.startswith("BE") and not _is_belgian(number)):
        raise Invalid(_("Cet IBAN n'est pas valable (chiffres de contrôle) : vérifiez-le."))
    return number


def _is_belgian(number: str) -> bool:
    return (int(number[4:14]) % 97 or 97) == int(number[14:])


def email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        raise Invalid(_("Cette adresse e-mail n'est pas valable : écrivez une adresse, comme nom@exemple.be."))
    return text


def country(text: str) -> str:
    text = text.upper()
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        raise Invalid(_("Écrivez le pays en deux lettres, par exemple BE, FR ou LU."))
    return text
