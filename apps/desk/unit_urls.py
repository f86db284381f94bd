"""Lots with what other rooms know of them."""

from django.urls import path

from apps.desk import changes, units
from apps.units import views

app_name = "units"
urlpatterns = [
    path("", units.units, name="list"),
    path("<int:pk>/", units.detail, name="detail"),
    path("<int:pk>/edit/", views.edit_unit, name="edit"),
    path("<int:pk>/archive/", views.archive_unit, name="archive"),
    path("<int:pk>/restore/", views.restore_unit, name="restore"),
    path("<int:pk>/holders/<slug:kind>/", changes.change, name="change"),
    path("owners-found/", changes.found_owners, name="found_owners"),
]
