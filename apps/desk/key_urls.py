"""One distribution key: what it is, its versions, its readings."""

from datetime import date

from django.urls import path, register_converter

from apps.desk import readings, versions
from apps.units import views
from koprogo.plausible import is_plausible


class DayConverter:
    """A day as 2026-01-31."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Raises ValueError: then no page is there."""
        found = date.fromisoformat(value)
        if not is_plausible(found):
            raise ValueError(value)
        return found

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "keys"
urlpatterns = [
    path("edit/", views.edit_key, name="edit"),
    path("archive/", views.archive_key, name="archive"),
    path("restore/", views.restore_key, name="restore"),
    path("version/", versions.one_key, name="version"),
    path("readings/", readings.readings, name="readings"),
    path("readings/new/", readings.new, name="new_readings"),
    path("readings/<day:first>/", readings.one_period, name="edit_readings"),
    path("readings/<day:first>/delete/", readings.delete, name="delete_readings"),
]
