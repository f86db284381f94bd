"""National register numbers, which may not be stored (art. 8, Act of 8 August 1983; DOMAIN.md GD-06)."""

import re

SEPARATED = re.compile(
    r"(?<!\d)(\d\d)[. /-](\d\d)[. /-](\d\d)[. /-]{1,3}(\d{3})[. /-](\d\d)(?!\d)"
    r"|(?<!\d)(\d\d)\.(\d\d)\.(\d\d)[. /-]{0,3}(\d{3})[. /-]?(\d\d)(?!\d)"
    r"|(?<!\d)(\d\d)(\d\d)(\d\d)-(\d{3})[. -]?(\d\d)(?!\d)",
    re.ASCII,
)
BARE = re.compile(r"(?<!\d)(\d\d)(\d\d)(\d\d) ?(\d{3}) ?(\d\d)(?!\d)", re.ASCII)


def has_national_number(text: str, *, bare: bool = False) -> bool:
    """Whether the text holds a number YY.MM.DD-XXX.CC with right check digits; `bare`: also eleven plain digits."""
    found = list(SEPARATED.finditer(text)) + (list(BARE.finditer(text)) if bare else [])
    return bool(found) and any(_is_valid(*(part for part in match.groups() if part is not None)) for match in found)


def _is_valid(year: str, month: str, day: str, serial: str, check: str) -> bool:
    """Months are raised by 20 or 40 in BIS numbers; births from 2000 on are checked with a 2 in front."""
    if int(month) % 20 > 12 or int(month) > 52 or int(day) > 31:
        return False
    digits = year + month + day + serial
    return any(97 - int(front + digits) % 97 == int(check) for front in ("", "2"))
