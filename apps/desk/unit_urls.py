"""Lots with what other rooms know of them; apps.units.urls takes these in."""

from django.urls import path

from apps.desk import units

urlpatterns = [
    path("", units.units, name="list"),
    path("<int:pk>/", units.detail, name="detail"),
]
