from django.urls import path

from apps.desk import home, journal

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("journal/", journal.journal, name="journal"),
]
