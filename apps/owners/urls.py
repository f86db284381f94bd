from django.urls import path

from apps.owners import cards, views

app_name = "owners"
urlpatterns = [
    path("", views.owners, name="list"),
    path("create/", cards.create, name="create"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", cards.edit, name="edit"),
    path("<int:pk>/archive/", cards.put_away, name="archive"),
    path("<int:pk>/restore/", cards.take_back, name="restore"),
    path("access/<int:membership_pk>/", views.access, name="access"),
]
