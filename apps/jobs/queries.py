"""Who may cancel a job, and who may have started one."""

from django.db.models import Exists, OuterRef

from apps.accounts.models import Membership, Organization
from apps.accounts.permissions import OFFICE_ROLES, Role
from apps.jobs.models import Job


def may_cancel(membership: Membership, job: Job) -> bool:
    """The person who started it, or a manager."""
    return not job.is_over and (job.started_by_id == membership.user_id or membership.role == Role.MANAGER)


def who_start_jobs(organization: Organization) -> list[tuple[int, str]]:
    """Whoever of the office started one, also who has left since: id and name."""
    # Memberships lie outside row-level security; whoever started no job here is not among those to choose.
    started = Job.objects.for_organization(organization).filter(started_by=OuterRef("user"))
    found = Membership.objects.for_organization(organization).filter(Exists(started), role__in=OFFICE_ROLES)
    return [(each.user_id, str(each.user)) for each in found.select_related("user").order_by("user__name", "id")]
