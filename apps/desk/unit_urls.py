"""Lots with what other rooms know of them."""

from django.urls import path

from apps.desk import changes, units

app_name = "units"
urlpatterns = [
    path("", units.units, name="list"),
    path("<int:pk>/", units.detail, name="detail"),
    path("<int:pk>/holders/<slug:kind>/", changes.change, name="change"),
    path("owners-found/", changes.found_owners, name="found_owners"),
]
