from django.urls import include, path

from apps.buildings import views

app_name = "buildings"
urlpatterns = [
    path("", views.buildings, name="list"),
    path("access/<int:membership_pk>/", views.access, name="access"),
    # The page of a building shows rooms above this one; named, not imported.
    path("<int:pk>/", include("apps.desk.building_urls")),
]
