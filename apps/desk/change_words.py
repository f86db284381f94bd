"""Why a change of hands is refused, in one sentence: what is wrong, where, and what to do."""

from fractions import Fraction

from django.utils.translation import gettext as _

from apps.desk.change_kinds import Kind
from apps.expenses.basis import LotWithoutHolder
from apps.expenses.moves import DaysAreIssued
from apps.owners import changes
from apps.owners.changes import Extent
from apps.owners.queries import ONE_DAY
from apps.units.models import Unit
from koprogo.formats import day


def sentence(refusal: Exception, unit: Unit, kind: Kind) -> tuple[str, str]:
    """The field that it belongs to ("" : the whole form), and the sentence."""
    match refusal:
        case changes.DoNotAddUp():
            return "rows", f"{missing_in_words(refusal.missing)} {_('Les fractions se comptent sur le lot entier.')}"
        case changes.TooFine():
            return "rows", _("Ces fractions sont trop fines pour être gardées : simplifiez-les.")
        case changes.NothingChanges():
            return "", _("Rien ne changerait : ce qui est noté dit déjà la même chose.")
        case DaysAreIssued():
            return "on", _issued(refusal, kind)
        case LotWithoutHolder():
            return "on", _(
                "Des charges approuvées du lot %(lot)s comptent du %(first)s au %(last)s : il faut quelqu’un qui le "
                "détienne ces jours-là."
            ) % {"lot": refusal.unit.number, "first": day(refusal.first), "last": day(refusal.last)}
    return "on", (_correction if kind.is_correction else _event)(refusal, unit)


def _event(refusal: Exception, unit: Unit) -> str:
    match refusal:
        case changes.NotYetHeld():
            text = _(
                "Ce titulaire ne détient le lot %(lot)s que depuis le %(day)s : la date doit venir après, ou "
                "choisissez le titulaire d’avant."
            )
            return text % {"lot": unit.number, "day": day(refusal.since)}
        case changes.NoLongerHeld():
            text = _(
                "Le lot %(lot)s n’est plus à ce titulaire depuis le %(day)s : la date doit venir avant, ou choisissez "
                "le titulaire suivant."
            )
            return text % {"lot": unit.number, "day": day(refusal.until)}
        case changes.HeldAlready():
            text = _(
                "Le lot %(lot)s a déjà un titulaire depuis le %(day)s : notez plutôt une vente ou une succession, ou "
                "corrigez ce qui est noté."
            )
            return text % {"lot": unit.number, "day": day(refusal.since)}
        case changes.LeavesGap():
            text = _("Personne ne détiendrait le lot %(lot)s du %(first)s au %(last)s : commencez le %(first)s.")
            return text % {"lot": unit.number, "first": day(refusal.first), "last": day(refusal.end - ONE_DAY)}
        case changes.NobodyHolds():
            return _("Le lot %(lot)s n’est pas à ce titulaire : ne le cochez pas.") % {"lot": unit.number}
    raise refusal


def _correction(refusal: Exception, unit: Unit) -> str:
    match refusal:
        case changes.NotYetHeld():
            text = _(
                "Le titulaire précédent ne détient le lot %(lot)s que depuis le %(day)s : la date doit venir après, ou "
                "corrigez d’abord ce changement-là."
            )
            return text % {"lot": unit.number, "day": day(refusal.since)}
        case changes.NoLongerHeld():
            text = _(
                "Le lot %(lot)s passe déjà à d’autres mains le %(day)s : la date doit venir avant, ou corrigez d’abord "
                "ce changement-là."
            )
            return text % {"lot": unit.number, "day": day(refusal.until)}
    raise refusal


def _issued(refusal: DaysAreIssued, kind: Kind) -> str:
    values = {
        "lot": refusal.unit.number, "first": day(refusal.span.starts_on), "last": day(refusal.span.last_on),
        "free": day(refusal.free_on),
    }  # fmt: skip
    if kind.is_correction:
        return (
            _(
                "Des charges de la période clôturée du %(first)s au %(last)s reposent sur ces jours du lot %(lot)s : "
                "rouvrez d’abord cette période."
            )
            % values
        )
    return (
        _(
            "Des charges de la période clôturée du %(first)s au %(last)s reposent sur ces jours du lot %(lot)s : il ne "
            "change de mains qu’à partir du %(free)s, à moins de rouvrir cette période."
        )
        % values
    )


def missing_in_words(missing: Extent) -> str:
    """`Il manque 1/4 de nue-propriété.`"""
    if missing.use == missing.bare:
        return _full(missing.use)
    return " ".join(filter(None, [_use(missing.use), _bare(missing.bare)]))


def _full(part: Fraction) -> str:
    text = (
        _("Il manque %(part)s de pleine propriété.") if part > 0 else _("Il y a %(part)s de pleine propriété de trop.")
    )
    return text % {"part": abs(part)}


def _use(part: Fraction) -> str:
    if not part:
        return ""
    text = _("Il manque %(part)s d’usufruit.") if part > 0 else _("Il y a %(part)s d’usufruit de trop.")
    return text % {"part": abs(part)}


def _bare(part: Fraction) -> str:
    if not part:
        return ""
    text = _("Il manque %(part)s de nue-propriété.") if part > 0 else _("Il y a %(part)s de nue-propriété de trop.")
    return text % {"part": abs(part)}
