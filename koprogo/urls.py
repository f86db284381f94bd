from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.urls import include, path

from koprogo.gallery import gallery

# A building's own page shows rooms above the buildings: the desk brings it.
buildings = [
    path("", include("apps.buildings.urls")),
    path("<int:pk>/", include("apps.desk.building_urls")),
    path("<int:pk>/", include("apps.desk.grid_urls")),
]
# What is opened most comes first: each request tries them in this order.
urlpatterns = [
    path("buildings/", include((buildings, "buildings"))),
    path("units/", include("apps.desk.unit_urls")),
    path("keys/<int:pk>/", include("apps.desk.key_urls")),
    path("owners/", include("apps.owners.urls")),
    path("expenses/", include("apps.expenses.urls")),
    path("jobs/", include("apps.jobs.urls")),
    path("takeover/", include("apps.takeover.urls")),
    path("privacy/", include("apps.privacy.urls")),
    path("ops/", include("apps.ops.urls")),
    path("account/", include("apps.accounts.sign_in_urls")),
    path("gallery/", staff_member_required(gallery), name="gallery"),
    path("admin/", admin.site.urls),
    path("", include("apps.desk.urls")),
    path("", include("apps.accounts.urls")),
]
