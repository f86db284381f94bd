"""The tabs of a building's page; koprogo.urls puts them below the building's number."""

from django.urls import path

from apps.desk import building_edit, buildings

urlpatterns = [
    path("", buildings.overview, name="detail"),
    path("edit/", building_edit.edit, name="edit"),
    path("archive/", building_edit.put_away, name="archive"),
    path("restore/", building_edit.take_back, name="restore"),
    path("units/", buildings.units, name="units"),
    path("keys/", buildings.keys, name="keys"),
    path("holders/", buildings.holders, name="holders"),
    path("expenses/", buildings.expenses, name="expenses"),
]
