"""Faults that only the comparison with what is stored can show: what is frozen, and sums over merged rows."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.takeover.plan import Entry, Invoice, Plan, holders_named
from apps.takeover.reading import Fault, imbalances
from apps.takeover.reading.faults import day, in_file_order
from apps.takeover.reading.labels import fold
from apps.takeover.reading.sheets import SHEETS
from apps.units.models import DistributionKey


def faults(plan: Plan) -> list[Fault]:
    """All that is wrong with the file against what is stored, in the file's order."""
    found = plan.reading.all_faults(plan.stored.settles)
    for check in (
        _owners,
        _frozen_buildings,
        _frozen_units,
        _frozen_keys,
        _weights,
        _shares,
        _holdings,
        _invoices,
        _balances,
    ):
        found += check(plan)
    return in_file_order(found, [sheet.title for sheet in SHEETS])


def _fault(plan: Plan, entry: Entry, name: str, message: str) -> Fault:
    return plan.reading.fault(entry.sheet, entry.row, name, message)


def _owners(plan: Plan) -> Iterator[Fault]:
    """A code is one person's for ever: never an overwrite."""
    for entry in plan.owners:
        if entry.stored is None:
            continue
        known, given = entry.stored, entry.values
        if fold(f"{known.first_name} {known.name}") != fold(f"{given['first_name']} {given['name']}"):
            message = _("Ce code est déjà celui de %(name)s : donnez un autre code à ce copropriétaire.")
            yield _fault(plan, entry, "name", message % {"name": known.full_name})
        elif known.enterprise_number and known.enterprise_number != given["enterprise_number"]:
            message = _("Ce code est déjà celui de l'entreprise %(number)s : donnez un autre code à celle-ci.")
            yield _fault(plan, entry, "enterprise_number", message % {"number": known.enterprise_number})


FROZEN = gettext_noop("Une dépense approuvée repose sur cette valeur (%(before)s) : un fichier ne peut pas la changer.")


def _frozen(plan: Plan, entry: Entry, name: str) -> Iterator[Fault]:
    if name in entry.changes:
        yield _fault(plan, entry, name, _(FROZEN) % {"before": entry.changes[name][0]})


def _frozen_buildings(plan: Plan) -> Iterator[Fault]:
    used = {unit.building_id for unit in plan.stored.units.values() if unit.pk in plan.stored.frozen_units}
    for entry in plan.buildings:
        if entry.stored is not None and entry.stored.pk in used:
            yield from _frozen(plan, entry, "total_shares")


def _frozen_units(plan: Plan) -> Iterator[Fault]:
    for entry in plan.units:
        if entry.stored is not None and entry.stored.pk in plan.stored.frozen_units:
            yield from _frozen(plan, entry, "share")


def _frozen_keys(plan: Plan) -> Iterator[Fault]:
    for entry in plan.keys:
        if entry.stored is not None and entry.stored.pk in plan.stored.frozen_keys:
            yield from _frozen(plan, entry, "kind")
    for entry in plan.weights:
        key = plan.stored.keys.get((entry.row.building, entry.row.key))
        if key is not None and key.pk in plan.stored.frozen_keys and not entry.is_same:
            message = _("Une dépense approuvée repose sur la clé %(key)s : un fichier ne peut pas changer ses poids.")
            yield _fault(plan, entry, "weight", message % {"key": key.code})


def _weights(plan: Plan) -> Iterator[Fault]:
    """What the file alone could not tell: weights of keys that are stored already."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    merged = {identity: weight.weight for identity, weight in plan.stored.weights.items()}
    for entry in plan.weights:
        identity = (entry.row.building, entry.row.key, entry.row.unit)
        kind = plan.key_kinds.get(identity[:2])
        if kind is None or identity[::2] not in plan.shares:
            continue  # an unknown key or lot: a fault of its own
        if kind == DistributionKey.Kind.SHARES:
            yield _fault(
                plan, entry, "key", _("Cette clé est de type « quotités » : elle n'a pas de lignes dans cette feuille.")
            )
        elif entry.values["weight"] is None:
            yield _fault(plan, entry, "weight", _("Cette cellule est vide : complétez-la."))
        else:
            merged[identity] = entry.values["weight"]
    for (building, key, unit), weight in merged.items():
        sums[building, key] += weight
        if plan.key_kinds[building, key] == DistributionKey.Kind.SUBSET and weight != plan.shares[building, unit]:
            yield from _stale_subset(plan, building, key, unit)
    for entry in plan.keys:
        place = (entry.row.building, entry.row.code)
        is_empty = plan.key_kinds[place] != DistributionKey.Kind.SHARES and not sums[place]
        if is_empty and entry.stored is not None:
            yield _fault(plan, entry, "code", _("Cette clé n'a pas de poids : listez ses lots dans la feuille Poids."))


def _stale_subset(plan: Plan, building: str, key: str, unit: str) -> Iterator[Fault]:
    """A share that changes while a stored subset key still has the old one."""
    message = _("La clé %(key)s reprend les quotités de ce lot : donnez-y aussi les nouvelles, dans la feuille Poids.")
    for entry in plan.units:
        if (entry.row.building, entry.row.number) == (building, unit) and "share" in entry.changes:
            yield _fault(plan, entry, "share", message % {"key": key})


def _shares(plan: Plan) -> Iterator[Fault]:
    """Over the lots of the file and those already stored (DOMAIN.md BE-02)."""
    sums: dict[str, int] = defaultdict(int)
    for (building, _number), share in plan.shares.items():
        sums[building] += share
    totals = {reference: building.total_shares for reference, building in plan.stored.buildings.items()}
    given = {entry.row.reference: entry for entry in plan.buildings}
    totals |= {reference: entry.values["total_shares"] for reference, entry in given.items()}
    touched = {entry.row.building: entry for entry in plan.units if not entry.is_same}
    for reference in plan.stored.buildings:
        entry, name = (given[reference], "total_shares") if reference in given else (touched.get(reference), "share")
        if entry is not None and sums[reference] != totals[reference] and (reference in touched or not entry.is_same):
            figures = {"sum": sums[reference], "total": totals[reference], "building": reference}
            message = _("Les quotités des lots de %(building)s feraient %(sum)s au lieu de %(total)s.")
            yield _fault(plan, entry, name, message % figures)


def _holdings(plan: Plan) -> Iterator[Fault]:
    """At every moment from the first day on, the rights on a lot make a whole."""
    for change in plan.holdings:
        if change.place[0] not in plan.stored.buildings:
            continue  # the file alone has said so
        for wrong in imbalances(plan.rights[change.place])[:1]:
            message = _(
                "Avec ce qui est déjà enregistré, les droits sur le lot %(unit)s font %(total)s au lieu de 1 %(when)s."
            )
            when = _("à partir du %(first)s") % {"first": day(wrong.starts_on)}
            figures = {"unit": change.place[1], "total": wrong.total, "when": when}
            yield plan.reading.fault("ownerships", change.rows[0], "unit", message % figures)


def _invoices(plan: Plan) -> Iterator[Fault]:
    for invoice in plan.invoices:
        if invoice.stored is not None and invoice.stored.is_approved and not invoice.is_same:
            yield _changed(plan, invoice, _("Cette dépense est approuvée : un fichier ne peut pas la changer."))
        elif invoice.stored is not None and invoice.stored.is_submitted and not invoice.is_same:
            message = _("Cette dépense est soumise pour approbation : reprenez-la d'abord en brouillon.")
            yield _changed(plan, invoice, message)
        elif invoice.stored is not None and invoice.stored.pk in plan.stored.corrected and not invoice.is_same:
            yield _changed(plan, invoice, _("Le bureau a corrigé cette dépense : un fichier ne peut plus la changer."))
        elif invoice.head.values["amount"] == 0:
            yield _fault(plan, invoice.head, "gross", _("Le total de cette facture serait 0."))


def _changed(plan: Plan, invoice: Invoice, message: str) -> Fault:
    """A fault at the first cell of the invoice that differs from what is stored."""
    entry = next(each for each in (*invoice.lines, invoice.head) if not each.is_same)
    name = next((name for name in entry.changes if name not in ("amount", "unit")), "gross")
    return _fault(plan, entry, name, message)


def _balances(plan: Plan) -> Iterator[Fault]:
    seen: set[Any] = set()
    for entry in plan.balances:
        found = holders_named(plan, entry.row)
        if not found:
            yield _fault(
                plan, entry, "holder", _("Cette personne ne détient pas de lot ici : vérifiez le code et le lot.")
            )
        elif len(found) > 1:
            message = _(
                "Cette personne fait partie de plusieurs titulaires ici : indiquez un lot de celui dont c'est le solde."
            )
            yield _fault(plan, entry, "unit", message)
        elif (entry.row.building, found[0], entry.row.kind) in seen:
            yield _fault(plan, entry, "holder", _("Le solde de ce titulaire figure déjà plus haut."))
        else:
            seen.add((entry.row.building, found[0], entry.row.kind))
