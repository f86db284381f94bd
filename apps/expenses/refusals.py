"""Why a step of an expense was refused, in one sentence: what is wrong, where, and what to do."""

from django.utils.translation import gettext as _

from apps.expenses import services
from apps.expenses.queries import LotWithoutHolder
from koprogo.formats import day, number

REFUSALS = (
    services.BuildingIsBusy,
    services.WrongStatus,
    services.SameApprover,
    services.SharesDoNotAddUp,
    services.NoWeights,
    LotWithoutHolder,
)


def sentence(refusal: Exception) -> str:
    match refusal:
        case services.SharesDoNotAddUp():
            return shares_sentence(refusal.share_sum, refusal.total_shares)
        case LotWithoutHolder():
            return _(
                "Le lot %(lot)s n'a pas de titulaire du %(first)s au %(last)s : "
                "indiquez qui le détenait, puis approuvez."
            ) % {"lot": refusal.unit.number, "first": day(refusal.first), "last": day(refusal.last)}
        case services.NoWeights():
            return _("La clé %(key)s ne donne de poids à aucun lot : corrigez-la avant d'approuver.") % {
                "key": refusal.line.key
            }
        case services.BuildingIsBusy():
            return _("Une reprise est en cours dans cet immeuble : réessayez dans une minute.")
        case services.SameApprover():
            return _("Vous avez soumis cette dépense : une autre personne du bureau doit l'approuver.")
        case services.WrongStatus():
            return _("Cette dépense est maintenant « %(status)s » : cette étape n'est plus possible.") % {
                "status": refusal.args[0]
            }
    raise refusal


def gap_sentence(gap: LotWithoutHolder) -> str:
    return _("Le lot %(lot)s n'a pas de titulaire du %(first)s au %(last)s : ses charges ne sont à personne.") % {
        "lot": gap.unit.number, "first": day(gap.first), "last": day(gap.last)
    }  # fmt: skip


def shares_sentence(share_sum: int, total_shares: int) -> str:
    """`Les quotités des lots font 999 sur 1 000 : il en manque 1. …`"""
    figures = {"sum": number(share_sum), "total": number(total_shares), "off": number(abs(total_shares - share_sum))}
    missing = total_shares - share_sum
    off = (_("il en manque %(off)s") if missing > 0 else _("il y en a %(off)s de trop")) % figures
    return _("Les quotités des lots font %(sum)s sur %(total)s : %(off)s. Rien ne peut être approuvé.") % (
        figures | {"off": off}
    )
