from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.urls import include, path

from koprogo.gallery import gallery

urlpatterns = [
    path("", include("apps.desk.urls")),
    path("", include("apps.accounts.urls")),
    path("account/", include("apps.accounts.sign_in_urls")),
    path("buildings/", include("apps.buildings.urls")),
    path("units/", include("apps.units.urls")),
    path("owners/", include("apps.owners.urls")),
    path("expenses/", include("apps.expenses.urls")),
    path("jobs/", include("apps.jobs.urls")),
    path("takeover/", include("apps.takeover.urls")),
    path("gallery/", staff_member_required(gallery), name="gallery"),
    path("admin/", admin.site.urls),
]
