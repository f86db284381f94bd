from django.urls import path

from apps.accounts import security, views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/sessions/end/", security.end_other_sessions, name="end_other_sessions"),
    path("profile/sessions/<slug:name>/end/", security.end_session, name="end_session"),
    path("organizations/", views.organizations, name="organizations"),
    path("team/", views.team, name="team"),
    path("team/invite/", views.invite, name="invite"),
    path("team/second-factor/", views.require_second_factor, name="require_second_factor"),
    path("team/<int:pk>/invite/", views.invite_again, name="invite_again"),
    path("team/<int:pk>/role/", views.change_role, name="change_role"),
    path("team/<int:pk>/end/", views.end_membership, name="end_membership"),
    path("invitations/<str:token>/", views.invitation, name="accept_invitation"),
    path("staff/enter/", views.staff_enter, name="staff_enter"),
    path("staff/leave/", views.staff_leave, name="staff_leave"),
]
