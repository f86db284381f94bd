"""The kinds of changes of hands: what each asks for, and what it makes of a lot's history."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.owners.changes import (
    History,
    NobodyHolds,
    Right,
    Tenure,
    begun,
    corrected,
    passed_on,
    shared,
    taken_back,
    transferred,
    whole,
)

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: the day, the new rights, and who of the members gives (nobody named: all)."""

    on: date
    taken: tuple[Right, ...]
    givers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change. `action` names its event in the journal."""

    name: str
    action: str
    title: Words
    help: Words
    day: Words
    rows: Words
    done: Words
    giver: Words = ""  # who of several members gives; "" : the rows are the whole composition
    every_giver_is_named: bool = False
    takes_all_lots: bool = False
    is_correction: bool = False


FIRST = Kind(
    "first", "hands_taken", _("Premier titulaire"),
    _("Qui détient ce lot, et depuis quand."),
    _("Détient le lot depuis le"), _("Qui le détient"), _("Le titulaire est noté."),
)  # fmt: skip
SALE = Kind(
    "sale", "lot_sold", _("Vente"),
    _("Tout ce que le titulaire possède passe à l’acheteur, pour un ou plusieurs lots du même acte."),
    _("Date de l’acte : premier jour de l’acheteur"), _("Qui achète"), _("La vente est notée."),
    giver=_("Qui vend"),
)  # fmt: skip
INHERITANCE = Kind(
    "inheritance", "lot_inherited", _("Succession"),
    _("Les droits du défunt passent à ses héritiers, par exemple l’usufruit au conjoint et la nue-propriété aux "
      "enfants."),
    _("Date du décès : premier jour des héritiers"), _("Qui hérite"), _("La succession est notée."),
    giver=_("Qui est décédé"), every_giver_is_named=True, takes_all_lots=True,
)  # fmt: skip
SPLIT = Kind(
    "split", "lot_split", _("Cession d’une part"),
    _("Le titulaire cède une fraction, l’usufruit ou la nue-propriété, et garde le reste."),
    _("Date de l’acte : premier jour du partage"), _("Qui reçoit une part"), _("La cession est notée."),
    giver=_("Qui cède"), every_giver_is_named=True,
)  # fmt: skip
MARRIAGE = Kind(
    "marriage", "lot_shared", _("Mariage ou divorce"),
    _("Un propriétaire en devient deux, ou l’inverse : indiquez qui détient le lot ensuite, et pour quelle fraction."),
    _("À partir du"), _("Qui détient ensuite le lot"), _("Le changement est noté."),
)  # fmt: skip
CORRECTION = Kind(
    "correction", "hands_corrected", _("Corriger un changement de mains"),
    _("La date ou les personnes ont été mal notées : indiquez ce qui est juste."),
    _("Date juste : premier jour de ce titulaire"), _("Qui détient le lot à partir de cette date"),
    _("La correction est notée."), takes_all_lots=True, is_correction=True,
)  # fmt: skip
UNDO = Kind(
    "undo", "hands_restored", _("Annuler le dernier changement de mains"),
    _("Comme s’il n’avait jamais été noté : le titulaire précédent détient toujours le lot."),
    "", "", _("Le changement est annulé."), takes_all_lots=True, is_correction=True,
)  # fmt: skip

KINDS = {kind.name: kind for kind in (FIRST, SALE, INHERITANCE, SPLIT, MARRIAGE, CORRECTION, UNDO)}
# What may follow a tenure.
EVENTS = [SALE, INHERITANCE, SPLIT, MARRIAGE]


def start_of(kind: Kind, history: History, since: date | None) -> Tenure | None:
    """The tenure that a change of this kind starts from: the one that began on a day, else the last.

    Raises ChangeRefused when the history has none for it.
    """
    if kind is FIRST:
        return None
    if not history or (kind is UNDO and since not in (None, history[-1].starts_on)):
        raise NobodyHolds
    if since is None:
        return history[-1]
    found = next((each for each in history if each.starts_on == since), None)
    if found is None:
        raise NobodyHolds
    return found


def same_start(kind: Kind, history: History, tenure: Tenure | None, like: History) -> Tenure | None:
    """The tenure of another lot from which it changes hands together with the lot of `like`; None: there is none.

    A sale takes lots of the same holder; a correction those that came into the same hands on the same day.
    """
    if tenure is None or not history:
        return None
    if not kind.is_correction:
        return next((each for each in reversed(history) if each.rights == tenure.rights), None)
    place = next((i for i, each in enumerate(history) if each.starts_on == tenure.starts_on), None)
    if place is None or (kind is UNDO and place != len(history) - 1):
        return None
    old, own = _previous(history, history[place]), _previous(like, tenure)
    is_same = history[place].rights == tenure.rights and old == own
    return history[place] if is_same else None


def _previous(history: History, tenure: Tenure) -> tuple[Right, ...]:
    place = history.index(tenure)
    return history[place - 1].rights if place else ()


def is_open(history: History) -> bool:
    """Nobody holds the lot, or not for ever: it may get a first holder."""
    return not history or history[-1].ends_on is not None


def after(kind: Kind, history: History, tenure: Tenure | None, wanted: Wanted) -> History:
    """The lot's history with the change. Raises ChangeRefused."""
    if kind is UNDO:
        return taken_back(history)
    if kind is FIRST:
        return begun(history, wanted.on, whole(wanted.taken))
    if tenure is None:
        raise NobodyHolds
    if kind is CORRECTION:
        return corrected(history, tenure, wanted.on, whole(wanted.taken))
    how = shared if kind is SPLIT else transferred
    return passed_on(history, tenure, wanted.on, partial(how, taken=wanted.taken, givers=wanted.givers))
