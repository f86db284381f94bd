"""Below the name "buildings", which koprogo.urls gives to these and to the tabs of a building's page."""

from django.urls import path

from apps.buildings import views

urlpatterns = [
    path("", views.buildings, name="list"),
    path("create/", views.create, name="create"),
    path("access/<int:membership_pk>/", views.access, name="access"),
]
