"""The chart of charges, for the page and for the paper."""

from django.utils.translation import gettext as _
from markupsafe import Markup

from apps.expenses.accounts import Chart
from apps.expenses.charges import Charges
from koprogo import charts
from koprogo.formats import euro


def category_chart(charges: Charges, chart: Chart) -> Markup:
    """Bars, one a category, the largest first."""
    points = [(f"{each.code} {chart.label(each.code)}", each.total) for each in charges.categories]
    points.sort(key=lambda point: -point[1])
    return charts.bars(_("Charges par catégorie"), points, euro)
