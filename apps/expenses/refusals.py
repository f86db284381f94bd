"""Why a step of an expense was refused, in one sentence: what is wrong, where, and what to do."""

from django.utils.translation import gettext as _

from apps.expenses import basis, corrections, services
from apps.expenses.basis import LotWithoutHolder
from koprogo.formats import day, euro, number

REFUSALS = (
    services.BuildingIsBusy,
    services.WrongStatus,
    services.SameApprover,
    services.SpanIsClosed,
    services.AlreadyTakenBack,
    corrections.IsCorrected,
    corrections.IsCredited,
    corrections.IsNotIssued,
    corrections.ChangesNothing,
    basis.SharesDoNotAddUp,
    basis.NoWeights,
    basis.NoReadings,
    basis.AmountsDoNotAddUp,
    LotWithoutHolder,
)


def sentence(refusal: Exception) -> str:
    match refusal:
        case services.BuildingIsBusy():
            return _("Une reprise est en cours dans cet immeuble : réessayez dans une minute.")
        case services.SameApprover():
            return _("Vous avez soumis cette dépense : une autre personne du bureau doit l'approuver.")
        case services.WrongStatus():
            return _("Cette dépense est maintenant « %(status)s » : cette étape n'est plus possible.") % {
                "status": refusal.args[0]
            }
        case services.SpanIsClosed():
            return _(
                "La période du %(first)s au %(last)s est clôturée : rien n’y est plus approuvé ni retiré. "
                "Datez la pièce d’un autre jour, ou corrigez par une nouvelle pièce."
            ) % {"first": day(refusal.span.starts_on), "last": day(refusal.span.last_on)}
        case services.AlreadyTakenBack():
            return _(
                "La ligne « %(line)s » n’est plus en vigueur : une autre correction l’a reprise, ou son approbation a "
                "été retirée. Supprimez cette correction et recommencez-la."
            ) % {"line": refusal.line.description}
        case corrections.IsCorrected():
            return _("La correction %(number)s repose sur cette dépense : terminez-la ou supprimez-la d’abord.") % {
                "number": refusal.args[0].number
            }
        case corrections.IsCredited():
            return _("La note de crédit %(number)s repose sur cette facture : retirez d’abord son approbation.") % {
                "number": refusal.args[0].number
            }
        case corrections.IsNotIssued():
            return _("Rien n’est encore clôturé à cette date : retirez l’approbation et corrigez la dépense elle-même.")
        case corrections.ChangesNothing():
            return _("Cette correction ne change rien : modifiez au moins une ligne.")
    return split_sentence(refusal)


def split_sentence(refusal: Exception) -> str:
    """Why a line cannot be split."""
    match refusal:
        case basis.SharesDoNotAddUp():
            found = shares_sentence(refusal.share_sum, refusal.total_shares)
            if refusal.on is None:
                return found
            return _("Au %(day)s : %(sentence)s") % {"day": day(refusal.on), "sentence": found}
        case LotWithoutHolder():
            return _(
                "Le lot %(lot)s n'a pas de titulaire du %(first)s au %(last)s : "
                "indiquez qui le détenait, puis approuvez."
            ) % {"lot": refusal.unit.number, "first": day(refusal.first), "last": day(refusal.last)}
        case basis.NoWeights():
            return _("La clé %(key)s ne donne de poids à aucun lot : corrigez-la avant d'approuver.") % {
                "key": refusal.key
            }
        case basis.NoReadings():
            return _(
                "Les relevés de la clé %(key)s ne font pas la période du %(first)s au %(last)s : encodez-les d’abord."
            ) % {"key": refusal.key, "first": day(refusal.line.period.start), "last": day(refusal.line.period.last)}
        case basis.AmountsDoNotAddUp():
            return _(
                "Les montants des lots pour la clé %(key)s font %(found)s au lieu de %(wanted)s : "
                "corrigez la liste de la ligne « %(line)s »."
            ) % {
                "key": refusal.key, "found": euro(refusal.found), "wanted": euro(refusal.wanted),
                "line": refusal.line.description,
            }  # fmt: skip
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
