from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from apps.accounts.models import Invitation, Membership, Organization, Submission, User
from apps.accounts.staff import TenantAdmin
from koprogo.staff import ReadOnly, StaffAdmin

# Rights come from roles, and addresses stand on the user: neither Django's groups nor allauth's addresses are used.
# A second factor is its person's alone.
admin.site.unregister([Group, EmailAddress, Authenticator])


class NewUserForm(forms.ModelForm):
    """Without a password: an invitation or the forgotten-password page sets one. Staff: `manage.py createsuperuser`."""

    class Meta:
        model = User
        fields = ["email", "name", "language"]

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.email = user.email.lower()
        user.set_unusable_password()
        return user


@admin.register(Organization)
class OrganizationAdmin(StaffAdmin):
    list_display = ["name", "slug", "language"]
    ordering = ["name", "id"]
    search_fields = ["name", "slug"]
    list_filter = ["language"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """`manage.py create_organization` makes one, with its first manager."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(StaffAdmin):
    """Neither the address nor who is staff: whoever changes an address resets its password and is that person."""

    called = "email"  # in files
    list_display = ["email", "name", "language", "is_active", "is_staff", "last_login"]
    ordering = ["email"]
    search_fields = ["email", "name"]
    list_filter = ["is_active", "is_staff", "language"]
    fields = ["email", "name", "language", "is_active", "is_staff", "last_login"]
    readonly_fields = ["last_login"]
    kept = ["email", "is_staff"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else NewUserForm.Meta.fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Made inactive: what they did keeps their name."""
        return False


@admin.register(Membership)
class MembershipAdmin(ReadOnly, TenantAdmin):
    """Who belongs to an office, its managers say: staff would make themselves one."""

    called = "user__email"
    list_display = ["user", "role", "is_active"]
    list_select_related = ["user"]
    list_filter = ["role", "is_active"]
    search_fields = ["user__email", "user__name"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, TenantAdmin):
    """Links are made on the team page alone: they are shown once."""

    list_display = ["membership_user", "invited_by", "expires_at", "accepted_at"]
    list_select_related = ["membership__user", "invited_by"]
    list_filter = ["accepted_at", "expires_at"]
    date_hierarchy = "expires_at"
    search_fields = ["membership__user__email", "membership__user__name"]
    exclude = ["organization", "digest"]

    @admin.display(description="personne")
    def membership_user(self, invitation: Invitation) -> User:
        return invitation.membership.user


@admin.register(Submission)
class SubmissionAdmin(ReadOnly, TenantAdmin):
    """Forms that made something within the week, so that a second sending leads there."""

    list_display = ["user", "address", "at"]
    list_select_related = ["user"]
    list_filter = ["at"]
    date_hierarchy = "at"
    search_fields = ["user__email", "address"]
    exclude = ["organization", "digest"]
    ordering = ["-id"]
