"""Closed spans of dates. Until statements exist, what lies in one counts as issued."""

from apps.expenses.rules.approvals import IN_FORCE
from koprogo.rules import SqlRule, refusal, trigger_rule

# A range of one number stands for equality: gist has that built in.
CLOSED_SPANS_DO_NOT_OVERLAP = SqlRule(
    name="closed_spans_of_a_building_do_not_overlap",
    create=(
        "ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
        "(int8range(building_id, building_id, '[]') WITH &&, daterange(starts_on, ends_on) WITH &&)"
    ),
    drop="ALTER TABLE {table} DROP CONSTRAINT {name}",
)


def _refuses_closed(name: str, expense: str, sentence: str) -> SqlRule:
    return trigger_rule(
        name=name,
        when="INSERT",
        body=f"""
  IF EXISTS (SELECT FROM expenses_expense e
             JOIN expenses_closedspan c ON (c.organization_id, c.building_id) = (e.organization_id, e.building_id)
             WHERE e.organization_id = NEW.organization_id AND e.id = {expense}
               AND e.date >= c.starts_on AND e.date < c.ends_on) THEN
    {refusal(name, sentence)}
  END IF;
""",
    )


CLOSED_REFUSES_APPROVAL = _refuses_closed(
    "closed_span_refuses_approvals", "NEW.expense_id", "the expense lies in a closed span: it is not approved"
)
CLOSED_REFUSES_WITHDRAWAL = _refuses_closed(
    "closed_span_refuses_withdrawals",
    "(SELECT expense_id FROM expenses_approval WHERE id = NEW.approval_id)",
    "the expense lies in a closed span: its approval stands",
)

# Owners' parts are derived from holdings: those of issued parts no longer change hands.
HOLDINGS_UNDER_ISSUED_ARE_FROZEN = SqlRule(
    name="holdings_under_issued_charges_are_frozen",
    create=f"""
CREATE FUNCTION holdings_under_issued_charges_are_frozen() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE lost datemultirange := datemultirange(daterange(OLD.starts_on, OLD.ends_on));
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.unit_id, NEW.holder_id) = (OLD.unit_id, OLD.holder_id) THEN
    lost := lost - datemultirange(daterange(NEW.starts_on, NEW.ends_on));
  END IF;
  IF NOT isempty(lost) AND EXISTS
     (SELECT FROM expenses_closedspan c
      JOIN expenses_expense e ON (e.organization_id, e.building_id) = (c.organization_id, c.building_id)
                             AND e.date >= c.starts_on AND e.date < c.ends_on
      JOIN expenses_approval a ON (a.organization_id, a.expense_id) = (e.organization_id, e.id)
      JOIN expenses_lotpart p ON (p.organization_id, p.approval_id) = (a.organization_id, a.id)
      JOIN expenses_expenseline l ON (l.organization_id, l.id) = (p.organization_id, p.line_id)
      WHERE c.organization_id = OLD.organization_id AND c.building_id = OLD.building_id AND p.unit_id = OLD.unit_id
        AND {IN_FORCE}
        AND lost && CASE l.day_rule WHEN 'days' THEN daterange(l.period_start, l.period_end)
                    ELSE daterange(coalesce(l.reference_on, e.date), coalesce(l.reference_on, e.date) + 1) END) THEN
    {refusal("holdings_under_issued_charges_are_frozen", "charges of these days of lot % lie in a closed span",
             "OLD.unit_id")}
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER {{name}} BEFORE UPDATE OR DELETE ON owners_holding
  FOR EACH ROW EXECUTE FUNCTION holdings_under_issued_charges_are_frozen()
""",
    drop="DROP TRIGGER {name} ON owners_holding; DROP FUNCTION holdings_under_issued_charges_are_frozen()",
)  # fmt: skip
