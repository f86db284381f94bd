"""The tabs of a building's page; koprogo.urls puts them below the building's number."""

from django.urls import path

from apps.desk import buildings

urlpatterns = [
    path("", buildings.overview, name="detail"),
    path("units/", buildings.units, name="units"),
    path("keys/", buildings.keys, name="keys"),
    path("holders/", buildings.holders, name="holders"),
    path("expenses/", buildings.expenses, name="expenses"),
]
