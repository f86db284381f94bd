from django.urls import path

from apps.ops import report_views, views

app_name = "ops"
urlpatterns = [
    path("empty/", views.empty, name="empty"),
    path("report/", report_views.report, name="report"),
    path("report/report.pdf", report_views.report_pdf, name="report_pdf"),
    path("load-tests/", report_views.load_tests, name="load_tests"),
    path("load-tests/<int:pk>/remove/", report_views.remove_load_test, name="remove_load_test"),
]
