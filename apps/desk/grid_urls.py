"""What is written about all lots or keys of a building; koprogo.urls puts it below the building's number."""

from django.urls import path

from apps.desk import shares, versions
from apps.units import views

urlpatterns = [
    path("units/new/", views.new_unit, name="new_unit"),
    path("shares/", shares.shares, name="shares"),
    path("shares/version/", versions.shares, name="shares_version"),
    path("keys/new/", views.new_key, name="new_key"),
    path("keys/weights/", shares.weights, name="weights"),
]
