from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import queries, services
from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.forms import AcceptInvitationForm, InvitationForm, ProfileForm, RoleForm, StaffEntryForm
from apps.accounts.mails import mail_invitation
from apps.accounts.models import Invitation, Membership, Organization, User
from apps.accounts.permissions import ROLE_SENTENCES
from apps.accounts.second_factor import staff_only
from koprogo.addresses import redirect
from koprogo.jinja import render

GET_OR_POST = ["GET", "HEAD", "POST"]


# --- One's own profile and organizations: for every signed-in person ---
@require_http_methods(GET_OR_POST)
def profile(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)
    services.update_profile(user=user, **form.cleaned_data)
    with translation.override(form.cleaned_data["language"]):
        messages.success(request, _("Votre profil est enregistré."))
    return redirect("accounts:profile")


@require_http_methods(GET_OR_POST)
def organizations(request: HttpRequest) -> HttpResponse:
    """Choose where to work; GET shows the list, POST enters."""
    found = services.organizations_of(cast(User, request.user))
    if request.method != "POST":
        return render(request, "accounts/organizations.html", {"organizations": found})
    chosen = next((each for each in found if str(each.pk) == request.POST.get("organization")), None)
    if chosen is None:
        raise Http404
    services.choose_organization(request, chosen)
    return redirect("desk:home")


# --- The office's team ---
@reads("team")
def team(request: MemberRequest) -> HttpResponse:
    members = queries.team_of(request.organization, at=timezone.now())
    return render(request, "accounts/team.html", {"members": members})


@reads("team")
def new_invitation(request: MemberRequest) -> HttpResponse:
    return _invitation_form(request, InvitationForm())


@writes("team")
def create_invitation(request: MemberRequest) -> HttpResponse:
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            token = services.invite(
                organization=request.organization, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except services.AlreadyMember:
            form.add_error("email", _("Cette personne fait déjà partie du bureau."))
        else:
            return _send_and_show_link(request, token, form.cleaned_data["email"].lower())
    return _invitation_form(request, form, status=422)


invite = by_method(get=new_invitation, post=create_invitation)


@writes("team")
def invite_again(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    try:
        token = services.invite_again(membership=membership, by=request.user, at=timezone.now())
    except services.AlreadyMember:
        messages.info(request, _("%(name)s a déjà accepté l’invitation.") % {"name": membership.user})
        return redirect("accounts:team")
    return _send_and_show_link(request, token, membership.user.email)


def _invitation_form(request: MemberRequest, form: InvitationForm, status: int = 200) -> HttpResponse:
    return render(request, "accounts/invite.html", {"form": form, "sentences": ROLE_SENTENCES}, status=status)


def _send_and_show_link(request: MemberRequest, token: str, email: str) -> HttpResponse:
    """Shown in the answer to the POST itself: a redirect would have to keep the token somewhere."""
    members = queries.team_of(request.organization, at=timezone.now())
    member = next(each for each in members if each.email == email)
    link = request.build_absolute_uri(reverse("accounts:accept_invitation", args=[token]))
    mail_invitation(membership=_membership(request, member.id), link=link, by=request.user)
    return render(request, "accounts/invited.html", {"link": link, "member": member})


def _membership(request: MemberRequest, pk: int) -> Membership:
    memberships = Membership.objects.for_organization(request.organization).select_related("user")
    return get_object_or_404(memberships, pk=pk)


@reads("team")
def show_role(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    return _role_form(request, membership, RoleForm(initial={"role": membership.role}))


@writes("team")
def save_role(request: MemberRequest, pk: int) -> HttpResponse:
    membership, form = _membership(request, pk), RoleForm(request.POST)
    if form.is_valid():
        try:
            services.change_role(membership=membership, role=form.cleaned_data["role"])
        except services.LastManager:
            form.add_error("role", _("Un bureau garde au moins un gestionnaire : invitez-en d’abord un autre."))
        else:
            done = _("%(name)s a maintenant un autre rôle : %(role)s.")
            messages.success(request, done % {"name": membership.user, "role": membership.get_role_display()})
            is_own = membership.pk == request.membership.pk  # the team's page may be closed to them now
            return redirect("desk:home" if is_own else "accounts:team")
    return _role_form(request, membership, form, status=422)


def _role_form(request: MemberRequest, membership: Membership, form: RoleForm, status: int = 200) -> HttpResponse:
    context = {"membership": membership, "form": form, "sentences": ROLE_SENTENCES}
    return render(request, "accounts/change_role.html", context, status=status)


change_role = by_method(get=show_role, post=save_role)


@reads("team")
def ask_to_end(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "accounts/end_membership.html", {"membership": _membership(request, pk)})


@writes("team")
def end(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    was_here = membership.is_active
    try:
        services.end_membership(membership=membership)
    except services.LastManager:
        messages.error(request, _("Un bureau garde au moins un gestionnaire : invitez-en d’abord un autre."))
    else:
        done = _("%(name)s n’a plus accès au bureau.") if was_here else _("L’invitation de %(name)s est retirée.")
        messages.success(request, done % {"name": membership.user})
    return redirect("accounts:team")


end_membership = by_method(get=ask_to_end, post=end)


@writes("team")
def require_second_factor(request: MemberRequest) -> HttpResponse:
    is_required = request.POST.get("required") == "yes"
    services.require_second_factor(organization=request.organization, is_required=is_required)
    if is_required:
        messages.success(request, _("Un second facteur est maintenant exigé des rôles du bureau."))
    else:
        messages.success(request, _("Le second facteur n’est plus exigé."))
    return redirect("accounts:team")


# --- The invited person ---
@login_not_required
@require_http_methods(GET_OR_POST)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link: a new person takes a password, a known one signs in and joins."""
    try:
        found = services.find_invitation(token=token, at=timezone.now())
        if found.membership.user.has_usable_password():
            return _join(request, found)
        return _begin(request, found)
    except (services.InvitationClosed, services.NotTheInvited):
        return render(request, "accounts/invitation_closed.html", status=410)


def _begin(request: HttpRequest, found: Invitation) -> HttpResponse:
    user = found.membership.user
    form = AcceptInvitationForm(request.POST or None, user=user, initial={"name": user.name})
    if not form.is_valid():
        context = {"invitation": found, "form": form}
        return render(request, "accounts/begin.html", context, status=422 if form.is_bound else 200)
    services.begin_with_invitation(
        invitation=found, name=form.cleaned_data["name"], password=form.cleaned_data["password"], at=timezone.now()
    )
    messages.success(request, _("Bienvenue. Connectez-vous avec votre adresse e-mail et votre mot de passe."))
    return redirect("account_login")


def _join(request: HttpRequest, found: Invitation) -> HttpResponse:
    is_invited = request.user.pk == found.membership.user_id
    if request.method != "POST" or not is_invited:
        return render(request, "accounts/join.html", {"invitation": found, "is_invited": is_invited})
    services.join_by_invitation(invitation=found, by=cast(User, request.user), at=timezone.now())
    services.choose_organization(request, found.organization)
    messages.success(request, _("Vous faites maintenant partie de %(name)s.") % {"name": found.organization})
    return redirect("desk:home")


# --- Our staff, in the admin's header ---
@require_POST
@staff_only
def staff_enter(request: HttpRequest) -> HttpResponse:
    """Our staff see one organization at a time, for a reason that its journal tells."""
    form = StaffEntryForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choisissez une organisation et dites pourquoi, en quelques mots."))
        return redirect("admin:index")
    chosen = get_object_or_404(Organization, pk=form.cleaned_data["organization"])
    services.choose_organization(request, chosen, reason=form.cleaned_data["reason"])
    return redirect("admin:index")


@require_POST
@staff_only
def staff_leave(request: HttpRequest) -> HttpResponse:
    if request.organization is not None:  # type: ignore[attr-defined]
        services.leave_organization(request, request.organization)  # type: ignore[attr-defined]
    return redirect("admin:index")
