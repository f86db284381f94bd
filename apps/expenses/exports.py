"""The papers of expenses: the apportionment of one as PDF, a building's charges as PDF and Excel."""

from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from apps.expenses.accounts import Chart
from apps.expenses.charges import Charge, Charges
from apps.expenses.pictures import category_chart
from koprogo.pdf import render_pdf
from koprogo.xlsx import Column, Sheet, write_sheets


def write_apportionment_pdf(context: dict[str, Any]) -> bytes:
    """`context` as views.expense_context gives it, with the organization."""
    return render_pdf("papers/apportionment.html", context)


def write_charges_pdf(charges: Charges, organization: Any, issued_on: date) -> bytes:
    chart = Chart()
    picture = category_chart(charges, chart)
    return render_pdf(
        "papers/charges.html",
        {"charges": charges, "chart": chart, "picture": picture, "organization": organization, "issued_on": issued_on},
    )


def write_charges_xlsx(charges: Charges, file: BinaryIO) -> None:
    """The workbook that WORKBOOK.md describes under "The export of charges"."""
    write_sheets(file, [_per_lot(charges), _per_owner(charges), _details(charges)])


def _per_lot(charges: Charges) -> Sheet:
    columns = [
        Column(_("Lot")), Column(_("Titulaires")), Column(_("Quotités"), "integer", total=True),
        Column(_("Total"), "money", total=True),
    ]  # fmt: skip
    rows = (
        (lot.unit.number, " → ".join(holder.name for holder in lot.holders), lot.unit.share, lot.total)
        for lot in charges.lots
    )
    return Sheet(_("Par lot"), columns, rows)


def _per_owner(charges: Charges) -> Sheet:
    columns = [Column(_("Code")), Column(_("Nom")), Column(_("Lots")), Column(_("Total"), "money", total=True)]
    rows = (
        (owner.member.code, owner.member.name, ", ".join(unit.number for unit in owner.units), owner.total)
        for owner in charges.owners
    )
    return Sheet(_("Par copropriétaire"), columns, rows)


def _details(charges: Charges) -> Sheet:
    columns = [
        Column(_("Date"), "date"), Column(_("Fournisseur")), Column(_("Numéro")), Column(_("Ligne"), "integer"),
        Column(_("Libellé")), Column(_("Compte")), Column(_("Catégorie")), Column(_("Clé")), Column(_("Lot")),
        Column(_("Codes")), Column(_("Titulaire")), Column(_("Du"), "date"), Column(_("Au"), "date"),
        Column(_("Jours"), "integer"), Column(_("Montant"), "money", total=True),
    ]  # fmt: skip
    chart = Chart()
    return Sheet(_("Détail"), columns, (_detail(group, chart) for group in _by_holder(charges.details)))


def _by_holder(details: list[Charge]) -> Iterator[list[Charge]]:
    """A holder who held the lot twice within the days counted has one row."""
    groups: dict[tuple[int, int, int], list[Charge]] = {}
    for charge in details:
        groups.setdefault((charge.line.pk, charge.unit.pk, charge.holder.id), []).append(charge)
    yield from groups.values()


def _detail(group: list[Charge], chart: Chart) -> tuple[Any, ...]:
    charge = group[0]
    expense, line, spans = charge.expense, charge.line, [each.part.span for each in group]
    return (
        expense.date, expense.supplier.name, expense.number, line.position, line.description, line.account,
        f"{line.category} {chart.label(line.category)}", line.key.code if line.key else "", charge.unit.number,
        charge.holder.codes, charge.holder.name, spans[0].start, spans[-1].last,
        sum(span.days for span in spans), sum(each.amount for each in group),
    )  # fmt: skip
