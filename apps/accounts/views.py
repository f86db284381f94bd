from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts import services
from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.forms import AcceptInvitationForm, InvitationForm, ProfileForm
from apps.accounts.models import Invitation, Membership


# --- One's own profile and organizations: for every signed-in person ---
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial={"name": request.user.name, "language": request.user.language})
    if request.method == "POST" and form.is_valid():
        services.update_profile(user=request.user, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Votre profil est enregistré."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


def organizations(request: HttpRequest) -> HttpResponse:
    """Choose where to work; GET shows the list, POST enters."""
    found = services.organizations_of(request.user)
    if request.method == "POST":
        chosen = next((each for each in found if str(each.pk) == request.POST.get("organization")), None)
        if chosen is None:
            raise Http404
        services.choose_organization(request, chosen)
        return redirect("desk:home")
    return render(request, "accounts/organizations.html", {"organizations": found})


# --- The office's team ---
@reads("team")
def team(request: MemberRequest) -> HttpResponse:
    memberships = (
        Membership.objects.filter(organization=request.organization)
        .select_related("user")
        .order_by("-is_active", "user__name", "id")
    )
    open_invitations = {
        each.membership_id: each
        for each in Invitation.objects.for_organization(request.organization).filter(accepted_at=None)
    }
    rows = [
        (each, open_invitations.get(each.pk)) for each in memberships if each.is_active or each.pk in open_invitations
    ]
    return render(request, "accounts/team.html", {"rows": rows, "now": timezone.now()})


@reads("team")
def new_invitation(request: MemberRequest) -> HttpResponse:
    return render(request, "accounts/invite.html", {"form": InvitationForm()})


@writes("team")
def create_invitation(request: MemberRequest) -> HttpResponse:
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            token = services.invite(
                organization=request.organization, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except services.AlreadyMember:
            form.add_error("email", _("Cette personne est déjà membre de l'organisation."))
        else:
            link = request.build_absolute_uri(f"/invitations/{token}/")
            return render(request, "accounts/invited.html", {"link": link, "email": form.cleaned_data["email"]})
    return render(request, "accounts/invite.html", {"form": form}, status=422)


invite = by_method(get=new_invitation, post=create_invitation)


def _membership(request: MemberRequest, pk: int) -> Membership:
    memberships = Membership.objects.filter(organization=request.organization).select_related("user")
    return get_object_or_404(memberships, pk=pk)


@reads("team")
def ask_to_end(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "accounts/end_membership.html", {"membership": _membership(request, pk)})


@writes("team")
def end(request: MemberRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    try:
        services.end_membership(membership=membership)
    except services.LastManager:
        messages.error(request, _("Une organisation garde au moins un gestionnaire : nommez-en un autre d'abord."))
    else:
        messages.success(request, _("%(name)s n'a plus accès à l'organisation.") % {"name": membership.user})
    return redirect("accounts:team")


end_membership = by_method(get=ask_to_end, post=end)


# --- The invited person ---
@login_not_required
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    now = timezone.now()
    try:
        invitation = services.find_invitation(token=token, at=now)
    except services.InvitationClosed:
        return render(request, "accounts/invitation_closed.html", status=410)
    user = invitation.membership.user
    is_known = user.has_usable_password()
    form = None if is_known else AcceptInvitationForm(request.POST or None, user=user, initial={"name": user.name})
    if request.method == "POST" and (form is None or form.is_valid()):
        given = {} if form is None else form.cleaned_data
        try:
            services.accept_invitation(
                invitation=invitation, name=given.get("name", user.name), password=given.get("password"), at=now
            )
        except services.InvitationClosed:
            return render(request, "accounts/invitation_closed.html", status=410)
        messages.success(request, _("Bienvenue. Connectez-vous pour commencer."))
        return redirect("account_login")
    return render(request, "accounts/accept_invitation.html", {"invitation": invitation, "form": form})
