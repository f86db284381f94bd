from django.urls import path

from apps.owners import views

app_name = "owners"
urlpatterns = [
    path("", views.owners, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("access/<int:membership_pk>/", views.access, name="access"),
]
