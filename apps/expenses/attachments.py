"""The papers of an expense: brought in with a form, attached when it is saved, removed while it is a draft."""

from collections.abc import Iterable

from django.db import transaction

from apps.accounts.models import User
from apps.documents.models import Document
from apps.documents.services import pending_papers, remove_documents
from apps.expenses.models import Attachment, Expense
from apps.expenses.services import Status, locked_expense


@transaction.atomic
def attach_papers(*, expense: Expense, papers: Iterable[int], by: User) -> list[Attachment]:
    """Attach what this person brought in and nobody else sees yet, by number; other numbers are nobody's."""
    found = pending_papers(expense.organization, by).select_for_update().filter(pk__in=list(papers)).order_by("pk")
    attached = []
    for document in found:
        document.is_pending = False
        document.save(update_fields=["is_pending"])
        attached.append(
            Attachment.objects.create(organization_id=expense.organization_id, expense=expense, document=document)
        )
    return attached


@transaction.atomic
def remove_attachment(*, attachment: Attachment) -> None:
    """Take a paper away from a draft, or from what was turned down. Raises WrongStatus."""
    locked_expense(attachment.expense, Status.DRAFT, Status.REJECTED)
    document = attachment.document
    attachment.delete()
    remove_documents([document])


def attachments_of(expense: Expense) -> list[Attachment]:
    found = Attachment.objects.for_organization(expense.organization_id).filter(expense=expense)
    return list(found.select_related("document").order_by("id"))


def papers_of(expense: Expense) -> list[Document]:
    return [each.document for each in attachments_of(expense)]
