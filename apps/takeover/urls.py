app_name = "takeover"
urlpatterns = []
