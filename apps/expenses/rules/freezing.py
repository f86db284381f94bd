"""What an approval has used is not edited."""

from apps.expenses.rules.approvals import IN_FORCE
from koprogo.rules import SqlRule, refusal, trigger_rule

# A line that carries parts, of an approval in force or a withdrawn one, stays what it was when they came about:
# it is replaced by another, and no longer counts from then on.
LINES_ARE_FROZEN = trigger_rule(
    name="lines_of_an_approved_expense_are_frozen",
    when="INSERT OR UPDATE OR DELETE",
    body=f"""
  IF EXISTS (SELECT FROM expenses_expense
             WHERE id IN (OLD.expense_id, NEW.expense_id) AND status IN ('approved', 'paid')) THEN
    {refusal("lines_of_an_approved_expense_are_frozen", "expense % is approved: its lines are not edited",
             "coalesce(OLD.expense_id, NEW.expense_id)")}
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.is_current AND NOT OLD.is_current
                           OR to_jsonb(NEW) - 'is_current' IS DISTINCT FROM to_jsonb(OLD) - 'is_current')
     AND EXISTS (SELECT FROM expenses_lotpart WHERE organization_id = OLD.organization_id AND line_id = OLD.id) THEN
    {refusal("lines_with_parts_are_frozen", "line % carries parts: it is not edited", "OLD.id")}
  END IF;
""",
)  # fmt: skip


def _frozen_with_its_line(name: str) -> SqlRule:
    """What hangs on a line is written with it, and stays when parts came of it."""
    return trigger_rule(
        name=name,
        when="INSERT OR UPDATE OR DELETE",
        body=f"""
  IF EXISTS (SELECT FROM expenses_lotpart
             WHERE organization_id = coalesce(OLD.organization_id, NEW.organization_id)
               AND line_id IN (OLD.line_id, NEW.line_id)) THEN
    {
            refusal(
                "lines_with_parts_are_frozen",
                "line % carries parts: it is not edited",
                "coalesce(OLD.line_id, NEW.line_id)",
            )
        }
  END IF;
""",
    )


PORTIONS_ARE_FROZEN = _frozen_with_its_line("portions_of_a_line_with_parts_are_frozen")
LOT_AMOUNTS_ARE_FROZEN = _frozen_with_its_line("lot_amounts_of_a_line_with_parts_are_frozen")

_PARTS_IN_FORCE = f"""
      SELECT FROM expenses_lotpart p
      JOIN expenses_expenseline l ON (l.organization_id, l.id) = (p.organization_id, p.line_id)
      JOIN expenses_approval a ON (a.organization_id, a.id) = (p.organization_id, p.approval_id)
      WHERE p.organization_id = of_organization AND l.organization_id = of_organization AND {IN_FORCE}"""
_PORTIONS_IN_FORCE = f"""
      SELECT FROM expenses_lineportion o
      JOIN expenses_expenseline l ON (l.organization_id, l.id) = (o.organization_id, o.line_id)
      JOIN expenses_lotpart p ON (p.organization_id, p.portion_id) = (o.organization_id, o.id)
      JOIN expenses_approval a ON (a.organization_id, a.id) = (p.organization_id, p.approval_id)
      WHERE o.organization_id = of_organization AND {IN_FORCE}"""


def _key_is_used(key: str, condition: str = "true") -> str:
    return (
        f"(EXISTS ({_PARTS_IN_FORCE} AND l.key_id = {key} AND {condition})\n"
        f"   OR EXISTS ({_PORTIONS_IN_FORCE} AND o.key_id = {key} AND {condition}))"
    )


_READING = "coalesce(OLD.key_id, NEW.key_id)"
# Of an insertion OLD is empty, and so would be the ends of its range, which then touched every period.
_IN_ITS_PERIOD = """daterange(l.period_start, l.period_end) &&
         daterange(least(OLD.starts_on, NEW.starts_on), greatest(OLD.ends_on, NEW.ends_on))"""

# The share, weight, key, total or reading that an approval in force has used is not edited: all but readings change
# by a revision, made in the same transaction, which keeps what was before.
# table → what, events, when it changes, what has used it, the revision's building and key
_FROZEN = {
    "units_unit": (
        "share", "UPDATE", "NEW.share <> OLD.share", f"EXISTS ({_PARTS_IN_FORCE} AND p.unit_id = OLD.id)",
        "r.building_id = OLD.building_id AND r.key_id IS NULL",
    ),
    "units_keyweight": (
        "weight", "INSERT OR UPDATE OR DELETE", "TG_OP <> 'UPDATE' OR NEW.weight <> OLD.weight",
        _key_is_used("coalesce(OLD.key_id, NEW.key_id)"), "r.key_id = coalesce(OLD.key_id, NEW.key_id)",
    ),
    "units_distributionkey": (
        "kind", "UPDATE", "NEW.kind <> OLD.kind", _key_is_used("OLD.id"), "r.key_id = OLD.id",
    ),
    "buildings_building": (
        "total", "UPDATE", "NEW.total_shares <> OLD.total_shares",
        f"EXISTS ({_PARTS_IN_FORCE} AND l.building_id = OLD.id)",
        "r.building_id = OLD.id AND r.key_id IS NULL",
    ),
    "units_reading": (
        "reading", "INSERT OR UPDATE OR DELETE", "true", _key_is_used(_READING, _IN_ITS_PERIOD), "false",
    ),
}  # fmt: skip
PARTS_FREEZE_WHAT_THEY_REST_ON = SqlRule(
    name="parts_freeze_what_they_rest_on",
    create="".join(
        f"""
CREATE FUNCTION {what}_of_approved_parts_is_frozen() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_organization bigint := coalesce(OLD.organization_id, NEW.organization_id);
BEGIN
  IF ({changes}) AND {used}
     AND NOT EXISTS (SELECT FROM units_revision r WHERE r.organization_id = of_organization AND {revised}
                                                    AND r.made_at = transaction_timestamp()) THEN
    {refusal(f"{what}_of_approved_parts_is_frozen",
             f"the {what} of row % was used by an approval: it is not edited", "coalesce(OLD.id, NEW.id)")}
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER {what}_of_approved_parts_is_frozen BEFORE {events} ON {table}
  FOR EACH ROW EXECUTE FUNCTION {what}_of_approved_parts_is_frozen();
"""
        for table, (what, events, changes, used, revised) in _FROZEN.items()
    ),
    drop="; ".join(
        f"DROP TRIGGER {what}_of_approved_parts_is_frozen ON {table}; "
        f"DROP FUNCTION {what}_of_approved_parts_is_frozen()"
        for table, (what, *_) in _FROZEN.items()
    ),
)  # fmt: skip
