"""What PostgreSQL keeps about expenses, in SQL."""

from koprogo.rules import SqlRule

# Head and lines are one sum. Both tables carry the rule, whichever is made first: hence OR REPLACE.
SUM_FUNCTION = """
CREATE OR REPLACE FUNCTION expense_amount_is_the_sum_of_its_lines() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
        of_expense bigint := coalesce(changed ->> 'expense_id', changed ->> 'id');
BEGIN
  PERFORM still_in_organization((changed ->> 'organization_id')::bigint);
  IF EXISTS (SELECT FROM expenses_expense e WHERE e.id = of_expense AND e.amount IS DISTINCT FROM
             (SELECT sum(gross) FROM expenses_expenseline l
              WHERE l.organization_id = e.organization_id AND l.expense_id = e.id)) THEN
    RAISE EXCEPTION 'the amount of expense % is not the sum of its lines', of_expense
      USING ERRCODE = 'check_violation', CONSTRAINT = 'expense_amount_is_the_sum_of_its_lines';
  END IF;
  RETURN NULL;
END $$;
"""


def _sum_rule(name: str, events: str) -> SqlRule:
    """Checked at commit, when head and lines both stand."""
    trigger = (
        f"CREATE CONSTRAINT TRIGGER {{name}} AFTER {events} ON {{table}} DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION expense_amount_is_the_sum_of_its_lines()"
    )
    return SqlRule(name=name, create=SUM_FUNCTION + trigger, drop="DROP TRIGGER {name} ON {table}")


AMOUNT_IS_SUM_OF_LINES = _sum_rule("expense_amount_is_the_sum_of_its_lines", "INSERT OR UPDATE OF amount")
LINES_MAKE_THE_AMOUNT = _sum_rule("expense_lines_make_its_amount", "INSERT OR UPDATE OR DELETE")

# What an approval rests on stays: only the status and the day of payment may still change.
APPROVED_IS_FROZEN = SqlRule(
    name="approved_expense_is_frozen",
    create="""
CREATE FUNCTION approved_expense_is_frozen() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.status IN ('approved', 'paid') AND (TG_OP = 'DELETE' OR NEW.status NOT IN ('approved', 'paid') OR
     (NEW.building_id, NEW.supplier_id, NEW.number, NEW.date, NEW.amount)
     IS DISTINCT FROM (OLD.building_id, OLD.supplier_id, OLD.number, OLD.date, OLD.amount)) THEN
    RAISE EXCEPTION 'expense % is approved: it is not edited', OLD.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approved_expense_is_frozen';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION approved_expense_is_frozen()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION approved_expense_is_frozen()",
)

# Checked at commit: the status says no more than an approval does.
APPROVED_HAS_APPROVAL = SqlRule(
    name="approved_expense_has_an_approval",
    create="""
CREATE FUNCTION approved_expense_has_an_approval() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM still_in_organization(NEW.organization_id);
  IF EXISTS (SELECT FROM expenses_expense e WHERE e.id = NEW.id AND e.status IN ('approved', 'paid')
             AND NOT EXISTS (SELECT FROM expenses_approval a
                             WHERE a.organization_id = e.organization_id AND a.expense_id = e.id)) THEN
    RAISE EXCEPTION 'expense % has no approval', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approved_expense_has_an_approval';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OF status ON {table}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION approved_expense_has_an_approval()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION approved_expense_has_an_approval()",
)

APPROVED_LINES_ARE_FROZEN = SqlRule(
    name="lines_of_an_approved_expense_are_frozen",
    create="""
CREATE FUNCTION lines_of_an_approved_expense_are_frozen() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM expenses_expense
             WHERE id IN (OLD.expense_id, NEW.expense_id) AND status IN ('approved', 'paid')) THEN
    RAISE EXCEPTION 'expense % is approved: its lines are not edited', coalesce(OLD.expense_id, NEW.expense_id)
      USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_of_an_approved_expense_are_frozen';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION lines_of_an_approved_expense_are_frozen()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION lines_of_an_approved_expense_are_frozen()",
)

# At commit the frozen parts of an approval are as many, and sum to as much, as it says.
PARTS_MAKE_THE_SUM = SqlRule(
    name="parts_of_an_approval_make_its_sum",
    create="""
CREATE FUNCTION parts_of_an_approval_make_its_sum() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM still_in_organization(NEW.organization_id);
  IF (SELECT count(*) <> NEW.part_count OR coalesce(sum(amount), 0) <> NEW.part_sum
      FROM expenses_lotpart WHERE organization_id = NEW.organization_id AND approval_id = NEW.id)
     OR NEW.part_sum <> (SELECT amount FROM expenses_expense WHERE id = NEW.expense_id) THEN
    RAISE EXCEPTION 'the parts of approval % do not make its sum', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'parts_of_an_approval_make_its_sum';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION parts_of_an_approval_make_its_sum()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION parts_of_an_approval_make_its_sum()",
)

# Once they make the sum, nothing can be added to them.
PARTS_ARE_COMPLETE = SqlRule(
    name="no_part_is_added_to_a_complete_approval",
    create="""
CREATE FUNCTION no_part_is_added_to_a_complete_approval() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT approval_id FROM added) fresh JOIN expenses_approval a ON a.id = approval_id
             WHERE a.part_count < (SELECT count(*) FROM expenses_lotpart p
                                   WHERE p.organization_id = a.organization_id AND p.approval_id = a.id)) THEN
    RAISE EXCEPTION 'an approval has all its parts already'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'no_part_is_added_to_a_complete_approval';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION no_part_is_added_to_a_complete_approval()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION no_part_is_added_to_a_complete_approval()",
)

# PostgreSQL rounds numeric half away from zero, as an invoice does.
VAT_IS_NET_TIMES_RATE = SqlRule(
    name="expense_line_vat_is_net_times_rate_within_a_cent",
    create=("ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (abs(round(net * vat_rate / 100, 2) - vat) <= 0.01)"),
    drop="ALTER TABLE {table} DROP CONSTRAINT {name}",
)

# The share, weight, key or total that an approval has used is not edited: it changes by a new version.
# table → what, events, when it changes, which parts of which lines have used it
_FROZEN_BY_PARTS = {
    "units_unit": ("share", "UPDATE", "NEW.share <> OLD.share", "p.unit_id = OLD.id"),
    "units_keyweight": (
        "weight",
        "INSERT OR UPDATE OR DELETE",
        "TG_OP <> 'UPDATE' OR NEW.weight <> OLD.weight",
        "l.key_id = coalesce(OLD.key_id, NEW.key_id)",
    ),
    "units_distributionkey": ("kind", "UPDATE", "NEW.kind <> OLD.kind", "l.key_id = OLD.id"),
    "buildings_building": ("total", "UPDATE", "NEW.total_shares <> OLD.total_shares", "l.building_id = OLD.id"),
}
PARTS_FREEZE_WHAT_THEY_REST_ON = SqlRule(
    name="parts_freeze_what_they_rest_on",
    create="".join(
        f"""
CREATE FUNCTION {what}_of_approved_parts_is_frozen() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF ({changes}) AND EXISTS
     (SELECT FROM expenses_lotpart p
      JOIN expenses_expenseline l ON (l.organization_id, l.id) = (p.organization_id, p.line_id)
      WHERE p.organization_id = coalesce(OLD.organization_id, NEW.organization_id)
        AND l.organization_id = coalesce(OLD.organization_id, NEW.organization_id) AND {used}) THEN
    RAISE EXCEPTION 'the {what} of row % was used by an approval: it is not edited', coalesce(OLD.id, NEW.id)
      USING ERRCODE = 'check_violation', CONSTRAINT = '{what}_of_approved_parts_is_frozen';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER {what}_of_approved_parts_is_frozen BEFORE {events} ON {table}
  FOR EACH ROW EXECUTE FUNCTION {what}_of_approved_parts_is_frozen();
"""
        for table, (what, events, changes, used) in _FROZEN_BY_PARTS.items()
    ),
    drop="; ".join(
        f"DROP TRIGGER {what}_of_approved_parts_is_frozen ON {table}; "
        f"DROP FUNCTION {what}_of_approved_parts_is_frozen()"
        for table, (what, *_) in _FROZEN_BY_PARTS.items()
    ),
)
