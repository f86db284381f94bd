from django.urls import path

from apps.desk import history, home, journal

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("journal/", journal.journal, name="journal"),
    path("journal/journal.xlsx", journal.journal_xlsx, name="journal_xlsx"),
    path("history/<slug:table>/<int:pk>/", history.history, name="history"),
]
