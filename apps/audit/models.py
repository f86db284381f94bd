"""What happened: one row an event, written by row triggers and by services, never changed.

Ids and texts, no foreign keys: every room above may record, and what it deletes stays told here.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class PersonalValue(models.Model):
    """A name, address, e-mail, phone number or IBAN that events refer to.

    Erasing a person empties these rows; the events that refer to them stay as they are.
    """

    organization_id = models.BigIntegerField()
    table = models.CharField(max_length=63)
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=63)
    value = models.JSONField(null=True)
    # So that the same value of the same person is kept once, however long it is.
    digest = models.GeneratedField(
        expression=models.Func(models.Func("value", template="(%(expressions)s)::text"), function="md5"),
        output_field=models.CharField(max_length=32),
        db_persist=True,
    )

    class Meta:
        db_table = "audit_personal"
        verbose_name = _("valeur personnelle")
        verbose_name_plural = _("valeurs personnelles")
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "table", "object_id", "field", "digest"], name="one_row_per_personal_value"
            )
        ]


# What a row belongs to, the closest first: the history of an invoice tells of its lines, also of those that are gone.
# PostgreSQL's `audit_stamp` says it in the same words.
PARENTS = ["expense_id", "approval_id", "line_id", "unit_id", "owner_id", "building_id"]


class TransactionField(models.Field):
    """PostgreSQL's number of a transaction, as a text; it never comes again, but for a restore."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def for_organization(self, organization: models.Model | int) -> "AuditEventQuerySet":
        return self.filter(organization_id=organization if isinstance(organization, int) else organization.pk)


class AuditEvent(models.Model):
    """One thing that happened. PostgreSQL sets time, actor, address and request from the connection's context,
    and what it belongs to."""

    at = models.DateTimeField()
    organization_id = models.BigIntegerField()  # 0: before an organization was known (koprogo.context)
    actor_id = models.BigIntegerField(null=True)  # a user
    actor = models.CharField(max_length=40, blank=True)  # what is no user: "command line", "worker"
    ip = models.GenericIPAddressField(null=True)
    request = models.CharField(max_length=36, blank=True)
    table = models.CharField(max_length=63, blank=True)
    object_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=40)  # insert, update, delete, or a business event's name
    changes = models.JSONField(default=dict)  # {field: [before, after]}; a personal value is {"personal": id}
    reason = models.TextField(blank=True)
    transaction = TransactionField(_("transaction"), null=True, editable=False)  # None: from before it was noted
    # "line_id 12" of a row that came or went. A column of its own: under row-level security no index serves jsonb.
    belongs_to = models.CharField(max_length=40, null=True, editable=False)  # noqa: DJ001 - what has none is in no index

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        db_table = "audit_event"
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="events_of_an_organization"),
            models.Index(fields=["organization_id", "table", "object_id", "-id"], name="events_of_an_object"),
            models.Index(fields=["organization_id", "actor_id", "-id"], name="events_of_a_person"),
            models.Index(fields=["organization_id", "at"], name="events_of_a_day"),
            models.Index(
                fields=["organization_id", "action", "-id"],
                name="events_of_a_kind",
                condition=~models.Q(action__in=["insert", "update"]),  # any page of events has some of these two
            ),
            models.Index(
                fields=["organization_id", "belongs_to", "table", "object_id"],
                name="events_of_what_belongs",
                condition=models.Q(belongs_to__isnull=False),
            ),
        ]


class AuditSeal(models.Model):
    """A seal (sceau, zegel) over the events of a range, signed with a key outside the database (koprogo.seals)."""

    number = models.BigIntegerField(_("numéro"), primary_key=True)
    series = models.IntegerField(_("série"))
    first_event = models.BigIntegerField(_("du numéro"))
    last_event = models.BigIntegerField(_("au numéro"))
    events = models.BigIntegerField(_("événements"))
    transaction = TransactionField(_("transaction"))
    digest = models.CharField(_("empreinte"), max_length=64)
    previous = models.CharField(_("sceau précédent"), max_length=64, blank=True)
    key = models.CharField(_("empreinte de la clé"), max_length=16)
    sealed_at = models.DateTimeField(_("scellé le"))
    mac = models.CharField(_("signature"), max_length=64)

    class Meta:
        db_table = "audit_seal"
        verbose_name = _("sceau")
        verbose_name_plural = _("sceaux")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(events__gt=0, last_event__gte=models.F("first_event")), name="seal_covers_an_event"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}"
