"""Organizations, people, memberships, sessions, invitations.

All but the invitation are read before the organization is known and lie outside row-level security (DESIGN.md).
"""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.permissions import OFFICE_ROLES, ROLE_PERMISSIONS, Permission, Role
from apps.accounts.tenancy import TenantModel, TenantQuerySet, tenant_key
from koprogo.rules import Audited, walled


class Language(models.TextChoices):
    FRENCH = "fr", "français"
    DUTCH = "nl", "Nederlands"


class Organization(models.Model):
    """A syndic's office (cabinet de syndic, syndicuskantoor)."""

    name = models.CharField(_("nom"), max_length=120)
    slug = models.SlugField(_("identifiant"), max_length=50, unique=True)
    language = models.CharField(_("langue"), max_length=2, choices=Language, default=Language.FRENCH)
    # of its office roles: gestionnaire, comptable, assistant
    requires_second_factor = models.BooleanField(_("second facteur exigé"), default=False)

    class Meta:
        verbose_name = _("organisation")
        constraints = [Audited(name="organization_is_audited")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person; without a password nobody can sign in as them until an invitation or a reset sets one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A member of our staff."""
        return self.create_user(email, password, **{"name": email, "is_staff": True} | fields)


class User(AbstractBaseUser):
    """A person who signs in, known by e-mail address."""

    email = models.EmailField(_("adresse e-mail"), unique=True)
    name = models.CharField(_("nom"), max_length=120)
    language = models.CharField(_("langue"), max_length=2, choices=Language, default=Language.FRENCH)
    is_active = models.BooleanField(_("actif"), default=True)
    is_staff = models.BooleanField(_("équipe de KoproGo"), default=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("personne")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_email_whatever_its_case"),
            Audited(name="user_is_audited", personal=["email", "name"], hidden=["password"], ignored=["last_login"]),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    # The admin asks these; our staff may do in it what each of its pages allows (apps/*/admin.py).
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class Membership(models.Model):
    """A person's place and role in an organization."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(_("rôle"), max_length=12, choices=Role)
    is_active = models.BooleanField(_("actif"), default=True)  # False: invited and not yet here, or ended

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = _("appartenance")
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_organization_and_user"),
            models.UniqueConstraint(fields=["organization", "id"], name="membership_is_addressed_by_organization"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known"),
            Audited(name="membership_is_audited"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.role}"

    def may(self, permission: Permission) -> bool:
        return permission in ROLE_PERMISSIONS[self.role]

    @property
    def sees_all_buildings(self) -> bool:
        """Readers see the buildings that were given to them, owners those of their lots."""
        return self.role in OFFICE_ROLES


class Session(AbstractBaseSession):
    """Django's session with what one statement needs to find the person and the organization."""

    user = models.ForeignKey(User, models.CASCADE, null=True)
    organization = models.ForeignKey(Organization, models.CASCADE, null=True)
    last_used_at = models.DateTimeField(null=True)

    objects: ClassVar[BaseSessionManager] = BaseSessionManager()

    class Meta:
        verbose_name = _("session")

    @classmethod
    def get_session_store_class(cls) -> Any:
        from apps.accounts.sessions import SessionStore

        return SessionStore


class Invitation(TenantModel):
    """A link by which an invited person enters an organization; only its digest is kept."""

    membership = tenant_key("accounts.Membership", models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, db_index=False)  # None: the command line
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *walled("invitation", refers={"membership": []}),
            models.UniqueConstraint(fields=["organization", "digest"], name="one_invitation_per_link"),
        ]

    def is_open(self, *, at: datetime) -> bool:
        return self.accepted_at is None and at < self.expires_at


class Submission(TenantModel):
    """A form that made something: sent a second time it leads there (apps.accounts.editing.once). Kept for a week.

    Whose it is, row security has judged: PostgreSQL does not look for the two at each form once more.
    """

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    digest = models.CharField(max_length=64)  # of the form's token and of all that was typed
    address = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            *walled("submission", audited=False),
            models.UniqueConstraint(fields=["organization", "user", "digest"], name="one_submission_per_form"),
        ]
