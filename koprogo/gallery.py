"""The page that shows every component once, with invented content: looked at by eye, and by the browser tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from koprogo import charts
from koprogo.formats import euro, whole_euro
from koprogo.jinja import render

EXPENSES = [
    (date(2025, 12, 18), "Ascenseurs Meuse SA", "Entretien annuel de l’ascenseur", "draft", Decimal("1240.02")),
    (date(2025, 12, 3), "Net & Clair SRL", "Nettoyage des communs, novembre", "submitted", Decimal("386.50")),
    (date(2025, 11, 20), "Vivaqua", "Eau, 3e trimestre", "approved", Decimal("2118.74")),
    (date(2025, 11, 4), "Assurances du Midi", "Prime incendie 2025", "paid", Decimal("4310.00")),
    (date(2025, 10, 27), "Ascenseurs Meuse SA", "Note de crédit", "rejected", Decimal("-62.00")),
]
CATEGORIES = [
    ("Assurances", Decimal("4310.00")),
    ("Eau", Decimal("2118.74")),
    ("Entretien de l’ascenseur", Decimal("1240.02")),
    ("Nettoyage des parties communes", Decimal("386.50")),
    ("Notes de crédit", Decimal("-62.00")),
]
QUARTERS = ["T1 2025", "T2 2025", "T3 2025", "T4 2025"]
SERIES = [
    ("Charges courantes", [Decimal(2100), Decimal(1850), Decimal(2430), Decimal(1990)]),
    ("Travaux", [Decimal(0), Decimal(3200), Decimal(800), Decimal(0)]),
    ("Assurances", [Decimal(1077), Decimal(1077), Decimal(1077), Decimal(1079)]),
]


class SampleForm(forms.Form):
    supplier = forms.ChoiceField(label="Fournisseur", choices=[("", "Choisir…"), ("1", "Vivaqua")])
    number = forms.CharField(label="Numéro de facture", help_text="Tel qu’il figure sur la facture.")
    amount = forms.CharField(label="Montant TVA comprise", help_text="En euros, par exemple 1 234,50.")
    on = forms.DateField(label="Date de la facture", widget=forms.DateInput(attrs={"placeholder": "jj/mm/aaaa"}))
    counted = forms.ChoiceField(
        label="Partage en cas de vente",
        choices=[("days", "Au prorata des jours"), ("holder", "Au titulaire à la date")],
        widget=forms.RadioSelect,
        initial="days",
    )
    private = forms.BooleanField(label="Frais privatifs d’un seul lot", required=False)
    note = forms.CharField(label="Remarque", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label="Classeur de reprise", help_text="Fichier .xlsx, 10 Mo au plus.")

    # What an EditForm has beside (apps/accounts/editing.py).
    record, seen = object(), ""
    conflicts = [
        {"field": "number", "label": "Numéro de facture", "theirs": "2025/117", "mine": "2025/118",
         "by": "Claire Lambert", "at": datetime(2025, 12, 18, 13, 5, tzinfo=UTC)}
    ]  # fmt: skip
    taken = [{"label": "Remarque", "theirs": "à vérifier"}]
    doubts = ["Vivaqua a déjà une facture de ce montant à cette date."]


class ShortForm(forms.Form):
    since = forms.DateField(label="Du", required=False)
    until = forms.DateField(label="Au", required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    form = SampleForm(
        {"number": "2025/118", "on": "31/02/2025", "amount": "1 240,02", "supplier": "1", "counted": "days"}
    )
    return render(request, "gallery.html", {"form": form, "short_form": ShortForm(), "sample": _sample()})


def _sample() -> dict[str, Any]:
    names = ("on", "supplier", "label", "status", "amount")
    return {
        "rows": [dict(zip(names, row, strict=True)) for row in EXPENSES],
        "total": sum((row[-1] for row in EXPENSES), Decimal()),
        "at": datetime(2025, 12, 18, 13, 5, tzinfo=UTC),
        "charts": list(_charts()),
        "is_archived": False,
        "deeds": [
            _deed(5, "Claire Lambert", "", "quotités", "365", "395"),
            _deed(4, "Marc Dupuis", "Ajout", "type", "", "appartement"),
        ],
    }


def _deed(hour: int, who: str, what: str, field: str, before: str, after: str) -> dict[str, Any]:
    change = {"field": field, "before": before, "after": after, "is_new": not before}
    line = {"what": what, "kind": "Lot", "name": "4D · Les Tilleuls", "reason": "", "changes": [change]}
    return {"at": datetime(2025, 12, 18, hour, 20, tzinfo=UTC), "who": who, "lines": [line]}


def _charts() -> list[tuple[str, Markup, list[str], list[list[str]]]]:
    per_category = [[label, euro(value)] for label, value in CATEGORIES]
    per_quarter = [[name, *map(euro, values)] for name, values in SERIES]
    totals = [
        (label, sum(values)) for label, values in zip(QUARTERS, zip(*(v for _, v in SERIES), strict=True), strict=True)
    ]
    bars = charts.bars("Dépenses par catégorie", CATEGORIES, euro)
    stacked = charts.stacked_bars("Dépenses par trimestre et par nature", QUARTERS, SERIES, euro, whole_euro)
    line = charts.line("Dépenses par trimestre", totals, euro, whole_euro)
    donut = charts.donut("Parts des catégories", CATEGORIES, euro, "2025")
    return [
        ("Dépenses par catégorie", bars, ["Catégorie", "Montant"], per_category),
        ("Dépenses par trimestre et par nature", stacked, ["Nature", *QUARTERS], per_quarter),
        ("Dépenses par trimestre", line, ["Trimestre", "Montant"], [[label, euro(value)] for label, value in totals]),
        ("Parts des catégories", donut, ["Catégorie", "Montant"], per_category),
    ]
