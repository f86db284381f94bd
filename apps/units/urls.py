from django.urls import include, path

app_name = "units"
# The pages of lots show rooms above this one (who holds them, what they bear); named, not imported.
urlpatterns = [path("", include("apps.desk.unit_urls"))]
