"""Lots with what other rooms know of them."""

from django.urls import path

from apps.desk import units

app_name = "units"
urlpatterns = [
    path("", units.units, name="list"),
    path("<int:pk>/", units.detail, name="detail"),
]
