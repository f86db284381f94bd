"""An approval stands for its parts, and the expense's status for its approval."""

from koprogo.rules import SqlRule, refusal, trigger_rule

# Of approvals `a`.
IN_FORCE = """NOT EXISTS (SELECT FROM expenses_withdrawal w
                          WHERE w.organization_id = a.organization_id AND w.approval_id = a.id)"""

# What an approval rests on stays while it is in force: only the status and the day of payment may still change.
APPROVED_IS_FROZEN = trigger_rule(
    name="approved_expense_is_frozen",
    when="UPDATE OR DELETE",
    body=f"""
  IF OLD.status IN ('approved', 'paid') AND (TG_OP = 'DELETE'
     OR NEW.status NOT IN ('approved', 'paid') AND EXISTS
        (SELECT FROM expenses_approval a WHERE a.organization_id = OLD.organization_id AND a.expense_id = OLD.id
                                           AND {IN_FORCE})
     OR (NEW.building_id, NEW.supplier_id, NEW.number, NEW.date, NEW.amount, NEW.refers_to_id, NEW.is_correction)
        IS DISTINCT FROM (OLD.building_id, OLD.supplier_id, OLD.number, OLD.date, OLD.amount, OLD.refers_to_id,
                          OLD.is_correction)) THEN
    {refusal("approved_expense_is_frozen", "expense % is approved: it is not edited", "OLD.id")}
  END IF;
""",
)

# Checked at commit: an expense is approved or paid exactly as long as one approval of it is in force.
_STATUS_AND_APPROVAL = f"""
  SELECT count(*) INTO in_force FROM expenses_approval a
  WHERE a.organization_id = of_organization AND a.expense_id = of_expense AND {IN_FORCE};
  SELECT status IN ('approved', 'paid') INTO is_approved FROM expenses_expense
  WHERE organization_id = of_organization AND id = of_expense;
  IF is_approved AND in_force = 0 THEN
    {refusal("approved_expense_has_an_approval", "expense % has no approval", "of_expense")}
  ELSIF in_force > is_approved::int THEN
    {refusal("approved_expense_has_an_approval", "expense % has an approval in force", "of_expense")}
  END IF;
"""
_VARIABLES = "DECLARE of_organization bigint := NEW.organization_id; in_force int; is_approved bool;"

APPROVED_HAS_APPROVAL = trigger_rule(
    name="approved_expense_has_an_approval",
    when="INSERT OR UPDATE OF status",
    deferred=True,
    declare=f"{_VARIABLES} of_expense bigint := NEW.id;",
    body=_STATUS_AND_APPROVAL,
)
APPROVAL_IS_OF_APPROVED = trigger_rule(
    name="approval_is_of_an_approved_expense",
    when="INSERT",
    deferred=True,
    declare=f"{_VARIABLES} of_expense bigint := NEW.expense_id;",
    body=_STATUS_AND_APPROVAL,
)
WITHDRAWAL_ENDS_APPROVAL = trigger_rule(
    name="withdrawal_ends_an_approval",
    when="INSERT",
    deferred=True,
    declare=f"{_VARIABLES} of_expense bigint;",
    body="SELECT expense_id INTO of_expense FROM expenses_approval WHERE id = NEW.approval_id;" + _STATUS_AND_APPROVAL,
)

# At commit the frozen parts of an approval are as many, and sum to as much, as it says.
PARTS_MAKE_THE_SUM = trigger_rule(
    name="parts_of_an_approval_make_its_sum",
    when="INSERT",
    deferred=True,
    body=f"""
  IF (SELECT count(*) <> NEW.part_count OR coalesce(sum(amount), 0) <> NEW.part_sum
      FROM expenses_lotpart WHERE organization_id = NEW.organization_id AND approval_id = NEW.id)
     OR NEW.part_sum <> (SELECT amount FROM expenses_expense WHERE id = NEW.expense_id) THEN
    {refusal("parts_of_an_approval_make_its_sum", "the parts of approval % do not make its sum", "NEW.id")}
  END IF;
""",
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
