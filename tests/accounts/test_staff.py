"""The admin: our staff, one organization at a time, and what nobody changes there."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Membership, User
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.models import Expense
from apps.units.models import Unit
from koprogo import context
from tests.accounts.clients import client_in, client_of
from tests.accounts.everything import one_of_everything
from tests.factories import (
    BuildingFactory,
    MembershipFactory,
    UserFactory,
    building_with_lots,
    expense_of,
)

REASON = "Question 118 de Claire"
OURS = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
NOT_IN_THE_ADMIN = {"Session"}


@pytest.fixture
def staff(db: None) -> User:
    return UserFactory(is_staff=True, name="Nadia")


def enter(client: Client, office: Membership, reason: str = REASON) -> Any:
    return client.post("/staff/enter/", {"organization": office.organization_id, "reason": reason}, follow=True)


@pytest.fixture
def inside(office: Membership, staff: User) -> Client:
    client = client_in(None, staff)
    enter(client, office)
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))
    return client


def changelist(model: type) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_all_tables_are_there_but_the_sessions() -> None:
    registered = {model.__name__ for model in admin.site._registry}
    assert {model.__name__ for model in OURS} - registered == NOT_IN_THE_ADMIN
    assert "Group" not in registered


def test_a_stranger_is_sent_through_the_products_own_sign_in(client: Client, db: None) -> None:
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/account/login/?next=")


def test_a_manager_is_not_staff(office: Membership) -> None:
    client = client_of(office)
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.post("/staff/enter/", {"organization": office.organization_id, "reason": REASON}).status_code == 404
    assert client.post("/staff/leave/").status_code == 404


def test_without_an_organization_the_index_says_to_choose_and_tables_are_empty(office: Membership, staff: User) -> None:
    BuildingFactory(organization=office.organization, name="Les Tilleuls")
    client = client_in(None, staff)
    assert "Choisissez une organisation" in client.get("/admin/").content.decode()
    assert "Les Tilleuls" not in client.get(changelist(Building)).content.decode()
    assert client.get(reverse("admin:buildings_building_add")).status_code == 403


def test_staff_enter_with_a_reason_that_the_journal_tells(office: Membership, staff: User) -> None:
    building = BuildingFactory(organization=office.organization, name="Les Tilleuls")
    client = client_in(None, staff)
    assert office.organization.name in enter(client, office).content.decode()
    assert "Les Tilleuls" in client.get(changelist(Building)).content.decode()
    assert client.get(reverse("admin:buildings_building_change", args=[building.pk])).status_code == 200
    context.enter(context.Context(str(office.organization_id)))
    event = AuditEvent.objects.get(action="staff_entered")
    assert (event.actor_id, event.reason) == (staff.pk, REASON)


@pytest.mark.parametrize("reason", ["", "  ", "x"])
def test_without_a_reason_nobody_enters(office: Membership, staff: User, reason: str) -> None:
    client = client_in(None, staff)
    assert "dites pourquoi" in enter(client, office, reason).content.decode()
    assert "organization" not in client.session


def test_staff_leave_again(inside: Client, office: Membership) -> None:
    assert "Choisissez une organisation" in inside.post("/staff/leave/", follow=True).content.decode()
    context.enter(context.Context(str(office.organization_id)))
    assert AuditEvent.objects.filter(action="staff_left").count() == 1


def test_the_neighbour_stays_hidden_from_staff_too(inside: Client) -> None:
    other = MembershipFactory()
    with context.working_as(organization_id=other.organization_id, actor="test"):
        theirs = BuildingFactory(organization=other.organization, name="Chez le voisin")
    assert "Chez le voisin" not in inside.get(changelist(Building)).content.decode()
    assert inside.get(reverse("admin:buildings_building_change", args=[theirs.pk])).status_code == 302


def test_staff_without_membership_do_not_enter_the_product(inside: Client) -> None:
    assert inside.get("/buildings/").url == "/organizations/"


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_every_list_opens_is_searched_and_asks_the_same_for_more_rows(
    inside: Client, office: Membership, model: type
) -> None:
    one_of_everything(office)
    few = _statements(inside, model)
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))
    for _ in range(3):
        one_of_everything(office)
    assert _statements(inside, model) == few
    assert inside.get(changelist(model) + "?q=x").status_code == 200


@pytest.mark.parametrize("address", ["%00/change/", "%00/delete/", "?q=%00", "?building__id__exact=%00"])
def test_a_nul_in_an_address_finds_nothing(inside: Client, address: str) -> None:
    assert inside.get(f"{changelist(Unit)}{address}").status_code == 404


def test_what_is_no_id_is_told_beside_its_field(inside: Client) -> None:
    answer = inside.post(f"{changelist(Unit)}add/", {"building": "nobody"})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


def _statements(client: Client, model: type) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(changelist(model)).status_code == 200
    return len(captured)


READ_ONLY = [
    "accounts_invitation", "accounts_membership", "accounts_submission", "audit_auditevent", "audit_personalvalue",
    "documents_document", "expenses_approval", "expenses_attachment", "expenses_closedspan", "expenses_expenseline",
    "expenses_lineportion", "expenses_lotamount", "expenses_lotpart", "expenses_withdrawal", "jobs_job",
    "owners_accountholder", "owners_holdermember", "owners_holding", "owners_openingbalance", "takeover_takeover",
    "units_formerweight", "units_keyweight", "units_reading", "units_revision",
]  # fmt: skip


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_money_rests_on_is_only_shown(inside: Client, office: Membership, name: str) -> None:
    one_of_everything(office)
    model = apps.get_model(*name.split("_"))
    row = model._default_manager.filter(organization_id=office.organization_id).order_by("-pk").first()
    page = inside.get(reverse(f"admin:{name}_change", args=[row.pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert inside.get(reverse(f"admin:{name}_add")).status_code == 403
    assert inside.post(reverse(f"admin:{name}_change", args=[row.pk]), {}).status_code == 403
    assert inside.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


KEPT = {
    "accounts_user": {"email": "nadia@koprogo.example", "is_staff": "on"},
    "buildings_building": {"total_shares": "7"},
    "units_unit": {"share": "7"},
    "units_distributionkey": {"kind": "weights"},
}


@pytest.mark.parametrize("name", KEPT)
def test_what_a_person_or_an_approval_rests_on_is_given_once(inside: Client, office: Membership, name: str) -> None:
    one_of_everything(office)
    rows = apps.get_model(*name.split("_"))._default_manager.order_by("-pk")
    row = (rows.exclude(pk=office.user_id) if name == "accounts_user" else rows).first()
    before = {field: getattr(row, field) for field in KEPT[name]}
    page = inside.get(reverse(f"admin:{name}_change", args=[row.pk]))
    answer = inside.post(page.request["PATH_INFO"], _form_values(page) | KEPT[name])
    assert answer.status_code == 302  # saved, without them
    context.enter(context.Context(str(office.organization_id)))
    row.refresh_from_db()
    assert {field: getattr(row, field) for field in KEPT[name]} == before


HANDED_IN: dict[str, dict[str, Any]] = {
    "submitted": {}, "approved": {}, "paid": {"paid_on": date(2026, 1, 20)}, "rejected": {"rejection": "Double"}
}  # fmt: skip


@pytest.mark.parametrize("status", HANDED_IN)
def test_an_expense_that_was_handed_in_is_only_shown(inside: Client, office: Membership, status: str) -> None:
    expense = expense_of(building_with_lots(office.organization, [600, 400]))
    if status in ("approved", "paid"):
        services.approve_expense(expense=expense, by=UserFactory(), on=date(2026, 1, 15))
    Expense.objects.filter(pk=expense.pk).update(status=status, **HANDED_IN[status])
    change = reverse("admin:expenses_expense_change", args=[expense.pk])
    page = inside.get(change).content.decode()
    assert 'name="_save"' not in page
    assert "lines-0-net" not in page
    assert inside.post(change, {"number": "X"}).status_code == 403
    delete = reverse("admin:expenses_expense_delete", args=[expense.pk])
    assert inside.post(delete, {"post": "yes"}).status_code == 403


def test_an_expense_whose_approval_was_withdrawn_is_only_shown(inside: Client, office: Membership) -> None:
    one_of_everything(office)
    expense = Expense.objects.get(approvals__withdrawals__isnull=False)
    assert expense.is_draft
    change = reverse("admin:expenses_expense_change", args=[expense.pk])
    assert 'name="_save"' not in inside.get(change).content.decode()
    assert inside.post(change, {"number": "X"}).status_code == 403


def test_a_draft_is_changed_with_its_lines_and_audited(inside: Client, office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), "100.00", status=Expense.Status.DRAFT)
    page = inside.get(reverse("admin:expenses_expense_change", args=[expense.pk]))
    data = _form_values(page) | {"description": "Vitres"}
    assert inside.post(page.request["PATH_INFO"], data).status_code == 302
    context.enter(context.Context(str(office.organization_id)))
    event = AuditEvent.objects.filter(table="expenses_expense", action="update").get()
    assert event.changes == {"description": ["Nettoyage", "Vitres"]}


def test_a_rule_of_the_database_is_said_and_nothing_is_written(inside: Client, office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), "100.00", status=Expense.Status.DRAFT)
    page = inside.get(reverse("admin:expenses_expense_change", args=[expense.pk]))
    answer = inside.post(page.request["PATH_INFO"], _form_values(page) | {"lines-0-vat_rate": "21"}, follow=True)
    assert "La base de données refuse" in answer.content.decode()


def _form_values(page: Any) -> dict[str, Any]:
    forms = [page.context["adminform"].form]
    for formset in page.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    values = {form.add_prefix(name): form[name].value() for form in forms for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def test_the_history_of_an_object_is_the_audits(inside: Client, office: Membership) -> None:
    building = BuildingFactory(organization=office.organization)
    answer = inside.get(reverse("admin:buildings_building_history", args=[building.pk]), follow=True)
    assert answer.status_code == 200
    assert answer.content.decode().count('class="field-action"') == 1


def test_djangos_own_log_stays_empty(inside: Client, office: Membership) -> None:
    data = {"reference": "T1", "name": "Les Tilleuls", "street": "Rue 1", "postcode": "1000", "city": "Bruxelles",
            "country": "BE", "total_shares": "1000", "fiscal_year_start_month": "1"}  # fmt: skip
    assert inside.post(reverse("admin:buildings_building_add"), data).status_code == 302
    context.enter(context.Context(str(office.organization_id)))
    assert Building.objects.get().organization == office.organization
    assert not apps.get_model("admin", "LogEntry").objects.exists()


def test_without_an_organization_the_audit_shows_what_belongs_to_none(staff: User) -> None:
    Client().post("/account/login/", {"login": staff.email, "password": "faux"})
    assert "sign_in_failed" in client_in(None, staff).get(changelist(AuditEvent)).content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/buildings/building/", "/admin/expenses/expense/add/"])
def test_pages_have_no_inline_script_or_style(inside: Client, path: str) -> None:
    page = inside.get(path).content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert " onclick=" not in page


def test_admins_own_sign_out_and_password_are_the_products(inside: Client) -> None:
    assert inside.post("/admin/logout/").url == "/account/logout/"
    assert inside.get("/admin/password_change/").url == "/account/password/change/"


def test_a_person_is_added_without_a_password(inside: Client) -> None:
    data = {"email": "Nina@example.be", "name": "Nina", "language": "fr", "is_staff": "on"}
    assert inside.post(reverse("admin:accounts_user_add"), data).status_code == 302
    nina = User.objects.get(email="nina@example.be")
    assert (nina.has_usable_password(), nina.is_staff) == (False, False)


def test_createsuperuser_makes_staff_as_the_application(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")
    call_command("createsuperuser", "--noinput", "--email", "nadia@koprogo.example", "--name", "Nadia", verbosity=0)
    staff = User.objects.get(email="nadia@koprogo.example")
    assert (staff.is_staff, staff.is_active, staff.check_password("correct horse battery")) == (True, True, True)
    answer = Client().post("/account/login/", {"login": staff.email, "password": "correct horse battery"})
    assert answer.status_code == 302


def test_staff_make_nobody_a_member(inside: Client, staff: User) -> None:
    assert inside.get(reverse("admin:accounts_membership_add")).status_code == 403


def test_no_filter_reads_a_password(inside: Client) -> None:
    answer = inside.get(changelist(User), {"password__startswith": "argon2"})
    assert answer.status_code in {302, 400}
