"""Normalised text: order and search without case, accents or ligatures, the same in Python and in PostgreSQL.

The server has no ICU and no `unaccent`, so each searched column has a generated twin.
"""

import unicodedata
from typing import Any

from django.db import models
from django.db.models.functions import Lower

# One letter for one letter; what becomes two letters stands in LIGATURES.
_FROM = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿšžğışčćłńς\u00a0\u202f"
_TO = "aaaaaaceeeeiiiinoooooouuuuyyszgiscclnσ  "
LIGATURES = [("œ", "oe"), ("æ", "ae"), ("ß", "ss")]
_DROPPED = "\u0307"  # the dot that Python leaves of a lowered İ
_TABLE = str.maketrans(_FROM, _TO, _DROPPED)


def normalise(text: str) -> str:
    """`Œuvre à Liège` → `oeuvre a liege`."""
    text = unicodedata.normalize("NFC", text).lower()
    for ligature, letters in LIGATURES:
        text = text.replace(ligature, letters)
    return text.translate(_TABLE)


def normalised(*fields: str) -> models.Expression:
    """The same in PostgreSQL, for a generated column over these fields joined by spaces."""
    joined: Any = models.F(fields[0])
    for field in fields[1:]:
        joined = _joined(joined, field)
    expression: models.Expression = Lower(models.Func(joined, function="normalize"))
    for ligature, letters in LIGATURES:
        expression = models.Func(expression, models.Value(ligature), models.Value(letters), function="replace")
    return models.Func(expression, models.Value(_FROM + _DROPPED), models.Value(_TO), function="translate")


def _joined(left: Any, field: str) -> models.Expression:
    return models.Func(left, models.Value(" "), models.F(field), template="(%(expressions)s)", arg_joiner=" || ")


def normalised_field(*fields: str) -> models.GeneratedField:
    """A stored column that holds these fields normalised."""
    return models.GeneratedField(
        expression=normalised(*fields), output_field=models.TextField(), db_persist=True, editable=False
    )
