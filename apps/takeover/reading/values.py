"""What the cells of one column mean.

`filled` cleans a cell; each parser takes what it gives and returns a value, or raises Invalid.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.takeover.reading.labels import fold
from koprogo.national import has_national_number
from koprogo.plausible import FIRST_DAY, LAST_DAY, is_plausible
from koprogo.readers import Invalid, clean
from koprogo.xlsx import Cell, Unusable

Parser = Callable[[Cell], Any]
LARGEST_SURE_NUMBER = 10**15


def filled(cell: Cell | None) -> Cell | None:
    """The cell with its text cleaned, None when it is empty; raises Invalid for errors and unstored formulas."""
    match cell:
        case str():
            return clean(cell) or None
        case Unusable(kind="formula"):
            raise Invalid(
                _("Cette formule n'a pas de résultat : enregistrez le fichier dans un tableur ou tapez la valeur.")
            )
        case Unusable(kind="error"):
            raise Invalid(_("Cette cellule contient une erreur du tableur : corrigez-la ou tapez la valeur."))
        case Unusable():
            raise Invalid(_("Cette cellule a le format d'une date, mais sa valeur n'en est pas une."))
    return cell


def text_of(cell: Cell) -> str:
    """The text; a whole number typed in the cell counts as text (101, not 101.0)."""
    match cell:
        case str():
            return cell
        case bool():
            raise Invalid(_("Écrivez un texte : le tableur a lu ici vrai ou faux."))
        case datetime():
            raise Invalid(
                _("Le tableur a lu ici une date : mettez la cellule au format Texte, puis retapez la valeur.")
            )
        case float() if cell.is_integer() and abs(cell) < LARGEST_SURE_NUMBER:
            return str(int(cell))
        case int() if abs(cell) < LARGEST_SURE_NUMBER:
            return str(cell)
    raise Invalid(_("Le tableur a lu ici un nombre : mettez la cellule au format Texte, puis retapez la valeur."))


def short_text(limit: int, *, free: bool = False) -> Parser:
    """Text of at most `limit` characters. `free`: prose, where eleven digits can be a national register number."""

    def parse(cell: Cell) -> str:
        text = text_of(cell)
        if has_national_number(text, bare=free):
            raise Invalid(
                _("Cette cellule contient un numéro de registre national, qui ne peut pas être conservé : effacez-le.")
            )
        if len(text) > limit:
            raise Invalid(
                _("Ce texte compte %(length)s caractères, %(limit)s au plus : raccourcissez-le.")
                % {"length": len(text), "limit": limit}
            )
        return text

    return parse


def one_of(labels: Mapping[str, str]) -> Parser:
    """One label of a closed list; case and accents do not matter."""
    codes = {fold(label): code for label, code in labels.items()}

    def parse(cell: Cell) -> str:
        code = codes.get(fold(text_of(cell)))
        if code is None:
            raise Invalid(_("Écrivez l'une de ces valeurs : %(choices)s.") % {"choices": ", ".join(labels)})
        return code

    return parse


def day_of(cell: Cell) -> date:
    """A date cell, or text dd/mm/yyyy."""
    if isinstance(cell, str):
        value = _typed_day(cell)
    elif isinstance(cell, datetime):
        value = cell.date()
    else:
        raise Invalid(_("Écrivez une date, sous la forme jj/mm/aaaa."))
    if not is_plausible(value):
        raise Invalid(
            _("Cette date n'est pas vraisemblable : elle se situe entre %(first)s et %(last)s.")
            % {"first": FIRST_DAY.year, "last": LAST_DAY.year}
        )
    return value


def _typed_day(text: str) -> date:
    parts = text.split("/")
    is_numeric = text.isascii() and all(part.isdigit() for part in parts)
    if not is_numeric or [len(part) for part in parts] not in ([2, 2, 4], [1, 2, 4], [2, 1, 4], [1, 1, 4]):
        raise Invalid(_("Écrivez une date, sous la forme jj/mm/aaaa."))
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0]))
    except ValueError:
        raise Invalid(_("Cette date n'existe pas dans le calendrier.")) from None
