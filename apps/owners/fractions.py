"""Fractions as a person types them: 1/2, 0,5 or 50 %."""

import re
from fractions import Fraction

_RATIO = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")
_NUMBER = re.compile(r"(\d{1,3})(?:[.,](\d{1,6}))?\s*(%?)")


def read_fraction(text: str) -> Fraction | None:
    """A part above 0 and up to 1; None when the text is none. Only ASCII digits count."""
    plain = " ".join(text.split())
    if not plain.isascii():
        return None
    if match := _RATIO.fullmatch(plain):
        value = Fraction(int(match[1]), int(match[2])) if int(match[2]) else Fraction(0)
    elif match := _NUMBER.fullmatch(plain):
        value = Fraction(f"{match[1]}.{match[2] or 0}") / (100 if match[3] else 1)
    else:
        return None
    return value if 0 < value <= 1 else None
