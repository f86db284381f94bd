"""How long and how large a value may be; the models use the same figures."""

from decimal import Decimal

REFERENCE = 20
CODE = 20
UNIT_NUMBER = 20
NAME = 200
SALUTATION = 40
FIRST_NAME = 100
EMAIL = 254
PHONE = 40
STREET = 200
POSTCODE = 12
CITY = 100
INVOICE_NUMBER = 40
DESCRIPTION = 200

MAX_INTEGER = 2**31 - 1
AREA_DIGITS = 8
MAX_AREA = Decimal(10) ** (AREA_DIGITS - 2)
WEIGHT_DIGITS = 12
MAX_WEIGHT = Decimal(10) ** (WEIGHT_DIGITS - 3)


MAX_ROWS = 50_000
MAX_FAULTS = 5_000
