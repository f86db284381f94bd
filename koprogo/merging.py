"""Two people on the same record: what the second saw, what is stored by now, what they wrote."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.crypto import salted_hmac

DIGEST_LENGTH = 12


@dataclass(slots=True)
class Merge:
    """What to write, field by field.

    `conflicts`: fields that both changed, to different values; `taken`: fields that only others changed. The values
    of `taken` are the stored ones.
    """

    values: dict[str, Any] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def state_of(values: Mapping[str, Any]) -> str:
    """What a page carries of the values that it shows: a digest for each, so that nothing veiled leaves with it."""
    return json.dumps({name: _digest(value) for name, value in values.items()}, separators=(",", ":"))


def merge(
    *, seen: str, stored: Mapping[str, Any], written: Mapping[str, Any], restore: Callable[[str], Any] | None = None
) -> Merge:
    """Compare three states of the fields that both `stored` and `written` have.

    `seen` comes from `state_of`; one that cannot be read has seen nothing: then whatever differs is a conflict.
    `restore`: how the stored value of a field is given back, when it is not simply `stored[name]`.
    """
    digests = _read(seen)
    result = Merge(values=dict(written))
    for name in stored.keys() & written.keys():
        theirs, mine, before = _digest(stored[name]), _digest(written[name]), digests.get(name)
        if theirs in (mine, before):
            continue
        if mine == before:
            result.taken.append(name)
            result.values[name] = restore(name) if restore else stored[name]
        else:
            result.conflicts.append(name)
    return result


def _read(seen: str) -> dict[str, Any]:
    try:
        found = json.loads(seen)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(value: Any) -> str:
    return salted_hmac("koprogo.merging", _text(value)).hexdigest()[:DIGEST_LENGTH]


def _text(value: Any) -> str:
    """The same for what means the same: nothing and an empty text, 1 and 1.00, a row and its number."""
    match value:
        case None:
            return ""
        case Model():
            return str(value.pk)
        case Decimal():
            return str(value.normalize() + 0)
        case list() | tuple():
            return json.dumps([_text(each) for each in value])
    return str(value)
