from django.urls import path

from apps.privacy import files, keeping, views

app_name = "privacy"
urlpatterns = [
    path("", views.requests, name="list"),
    path("requests/<int:pk>/", views.detail, name="detail"),
    path("requests/<int:pk>/extend/", views.extend, name="extend"),
    path("requests/<int:pk>/answer/", views.answer, name="answer"),
    path("owners/<int:pk>/", files.show, name="owner"),
    path("owners/<int:pk>/requests/create/", views.create, name="create"),
    path("owners/<int:pk>/export.json", files.export_json, name="export_json"),
    path("owners/<int:pk>/export.pdf", files.export_pdf, name="export_pdf"),
    path("owners/<int:pk>/prepare/", files.prepare, name="prepare"),
    path("copies/<int:pk>/data.json", files.prepared, {"ending": "json"}, name="prepared_json"),
    path("copies/<int:pk>/paper.pdf", files.prepared, {"ending": "pdf"}, name="prepared_pdf"),
    path("owners/<int:pk>/flags/", files.flags, name="flags"),
    path("owners/<int:pk>/erase/", files.erasure, name="erase"),
    path("retention/", keeping.retention, name="retention"),
    path("holds/", keeping.holds, name="holds"),
    path("holds/<int:pk>/lift/", keeping.lift, name="lift"),
]
