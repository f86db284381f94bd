"""What is past its retention, kind by kind: its rule, what is due, how it is erased. Nothing goes by itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization
from apps.audit.services import record
from apps.documents.services import remove_documents
from apps.privacy.queries import forgotten_papers, old_copies, owners_past_retention, vouchers_past_retention
from apps.privacy.services import erase_owner, erase_voucher, one_at_a_time, remove_copy

Progress = Callable[[int, int], None]
MOST_AT_ONCE = 500  # of a kind in one work: its transaction holds locks


@dataclass(frozen=True, slots=True)
class Kind:
    """`due` on a day, in the order in which they are erased; `erase` one of them."""

    label: str | Promise
    rule: str | Promise
    due: Callable[[Organization, date], QuerySet[Any]]
    erase: Callable[[Any, date], None]


def _erase_owner(owner: Any, on: date) -> None:
    erase_owner(owner=owner, reason=_("Terme du délai de conservation"), on=on)


KINDS = {
    "former_owners": Kind(
        gettext_lazy("Anciens copropriétaires"),
        gettext_lazy(
            "Dix ans après la cession de leur dernier lot : nom et coordonnées sont effacés, "
            "lots et montants restent."
        ),
        owners_past_retention,
        _erase_owner,
    ),
    "vouchers": Kind(
        gettext_lazy("Pièces des factures"),
        gettext_lazy(
            "Dix ans après la fin de l’exercice : les fichiers sont supprimés, "
            "les factures encodées et leur répartition restent."
        ),
        vouchers_past_retention,
        lambda attachment, on: erase_voucher(attachment=attachment),
    ),
    "forgotten_papers": Kind(
        gettext_lazy("Pièces jamais enregistrées"),
        gettext_lazy(
            "Deux jours après leur envoi avec un formulaire que personne n’a enregistré : "
            "les fichiers sont supprimés."
        ),
        forgotten_papers,
        lambda document, on: remove_documents([document]),
    ),
    "old_copies": Kind(
        gettext_lazy("Copies de données préparées"),
        gettext_lazy("Un mois après leur préparation à la demande d’une personne : les fichiers sont supprimés."),
        old_copies,
        lambda copy, on: remove_copy(copy=copy),
    ),
}  # fmt: skip


def apply_kinds(*, organization: Organization, kinds: Iterable[str], on: date, progress: Progress) -> dict[str, int]:
    """Erase what is due now, which may be less than somebody saw: a legal hold placed meanwhile counts."""
    one_at_a_time(organization.pk)
    due = [(name, each) for name in kinds for each in KINDS[name].due(organization, on)[:MOST_AT_ONCE]]
    done = dict.fromkeys(KINDS, 0)
    for number, (name, each) in enumerate(due, start=1):
        KINDS[name].erase(each, on)
        done[name] += 1
        progress(number, len(due))
    record(
        "retention_applied",
        organization_id=organization.pk,
        changes={name: [None, count] for name, count in done.items()},
    )
    return done
