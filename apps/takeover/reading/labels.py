"""The closed lists of the workbook: what the file says and the code that we store."""

import re
import unicodedata

from koprogo.search import normalise

UNIT_KINDS = {
    "appartement": "apartment",
    "maison": "house",
    "studio": "studio",
    "bureau": "office",
    "commerce": "shop",
    "garage": "garage",
    "parking": "parking",
    "cave": "cellar",
    "grenier": "attic",
    "conciergerie": "caretaker",
    "terrain": "land",
    "autre": "other",
}
OWNER_KINDS = {"personne": "person", "société": "company", "indivision": "undivided", "succession": "estate"}
LANGUAGES = {"fr": "fr", "nl": "nl", "de": "de", "en": "en"}
RIGHTS = {"pleine propriété": "full", "usufruit": "usufruct", "nue-propriété": "bare"}
KEY_KINDS = {"quotités": "shares", "sous-ensemble": "subset", "égal": "equal", "poids": "weights"}
DAY_RULES = {"jours": "days", "date": "date"}
BALANCE_KINDS = {"courant": "current", "réserve": "reserve", "provisions": "provisions"}


def fold(text: str) -> str:
    """The text without case, accents and superfluous spaces, for comparing labels and headers."""
    apostrophes = text.replace("’", "'")
    letters = unicodedata.normalize("NFD", apostrophes.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", plain).strip()


def supplier_key(name: str) -> str:
    """What two spellings of one supplier share: case, accents and spaces are ignored, as Supplier.key does."""
    return "".join(normalise(name).split())
