"""A row of everything that an address of the product names, in one office."""

from io import BytesIO

from django.core.files import File

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.models import BuildingAccess
from apps.documents.models import Document
from apps.documents.services import keep_document
from apps.expenses.models import Attachment, Expense, Supplier
from apps.jobs.models import Job
from apps.owners.models import Owner
from apps.privacy.services import keep_copy, log_request, place_hold
from apps.takeover.models import Takeover
from apps.units.models import Unit
from tests.accounts.clients import colleague
from tests.factories import NOON, KeyFactory, building_with_lots, expense_of, read_meter


def one_of_each(office: Membership) -> dict[str, int]:
    """Kind → id; "membership" is a reader's, to whom the building was given. The office has nothing else."""
    organization = office.organization
    building = building_with_lots(organization, [600, 400])
    reader = colleague(office, Role.READER)
    BuildingAccess.objects.create(organization=organization, building=building, membership=reader)
    expense_of(building)
    document = Document.objects.create(
        organization=organization, name="a.xlsx", path="a", sha256="", size=1, uploaded_at=NOON
    )
    paper, pending = (
        keep_document(organization=organization, file=File(BytesIO(b"%PDF")), name="a.pdf", by=office.user, at=NOON,
                      is_pending=is_pending)
        for is_pending in (False, True)
    )  # fmt: skip
    expense = Expense.objects.get()
    return {
        "attachment": Attachment.objects.create(organization=organization, expense=expense, document=paper).pk,
        "pending": pending.pk, "building": building.pk,
        "key": KeyFactory(building=building, kind="weights").pk, "meter": read_meter(building).pk,
        "unit": Unit.objects.earliest("pk").pk, "owner": Owner.objects.earliest("pk").pk,
        "expense": expense.pk, "supplier": Supplier.objects.get().pk, "membership": reader.pk,
        "job": Job.objects.create(organization=organization, title="Reprise", created_at=NOON).pk,
        "request": log_request(owner=Owner.objects.latest("pk"), kind="access", received_on=NOON.date(), note="").pk,
        "copy": keep_copy(owner=Owner.objects.latest("pk"), data=b"{}", paper=b"%PDF", by=office.user, at=NOON).pk,
        "hold": place_hold(on_what=Owner.objects.latest("pk"), reason="Litige", on=NOON.date()).pk,
        "takeover": Takeover.objects.create(organization=organization, document=document, started_at=NOON).pk,
    }  # fmt: skip
