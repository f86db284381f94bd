"""Head, lines, portions and amounts of lots are one sum."""

from koprogo.rules import SqlRule, refusal, trigger_rule

# Head and lines are one sum. Both tables carry the rule, whichever is made first: hence OR REPLACE.
# Lines that a correction by hand has replaced no longer count; a correction that was given up has none, and makes 0.
_SUM_FUNCTION = f"""
CREATE OR REPLACE FUNCTION expense_amount_is_the_sum_of_its_lines() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
        of_expense bigint := coalesce(changed ->> 'expense_id', changed ->> 'id');
BEGIN
  PERFORM still_in_organization((changed ->> 'organization_id')::bigint);
  IF EXISTS (SELECT FROM expenses_expense e WHERE e.id = of_expense AND e.amount <>
             (SELECT coalesce(sum(gross), 0) FROM expenses_expenseline l
              WHERE l.organization_id = e.organization_id AND l.expense_id = e.id AND l.is_current)) THEN
    {refusal("expense_amount_is_the_sum_of_its_lines", "the amount of expense % is not the sum of its lines",
             "of_expense")}
  END IF;
  RETURN NULL;
END $$;
"""  # fmt: skip


def _sum_rule(name: str, events: str) -> SqlRule:
    """Checked at commit, when head and lines both stand."""
    trigger = (
        f"CREATE CONSTRAINT TRIGGER {{name}} AFTER {events} ON {{table}} DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION expense_amount_is_the_sum_of_its_lines()"
    )
    return SqlRule(name=name, create=_SUM_FUNCTION + trigger, drop="DROP TRIGGER {name} ON {table}")


AMOUNT_IS_SUM_OF_LINES = _sum_rule("expense_amount_is_the_sum_of_its_lines", "INSERT OR UPDATE OF amount")
LINES_MAKE_THE_AMOUNT = _sum_rule("expense_lines_make_its_amount", "INSERT OR UPDATE OR DELETE")

# PostgreSQL rounds numeric half away from zero, as an invoice does.
VAT_IS_NET_TIMES_RATE = SqlRule(
    name="expense_line_vat_is_net_times_rate_within_a_cent",
    create=("ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (abs(round(net * vat_rate / 100, 2) - vat) <= 0.01)"),
    drop="ALTER TABLE {table} DROP CONSTRAINT {name}",
)

# A line goes by one key, to one private lot, takes another line back, or is split over the keys of its portions.
_DISTRIBUTED = f"""
  IF EXISTS (SELECT FROM expenses_expenseline l
             LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM expenses_lineportion p
                                WHERE p.organization_id = l.organization_id AND p.line_id = l.id) split ON true
             WHERE l.id = of_line AND CASE WHEN num_nonnulls(l.key_id, l.unit_id, l.takes_back_id) = 0
                                           THEN split.amount IS DISTINCT FROM l.gross
                                           ELSE split.amount IS NOT NULL END) THEN
    {refusal("expense_line_is_wholly_distributed", "line % is not wholly distributed", "of_line")}
  END IF;
"""
LINE_IS_DISTRIBUTED = trigger_rule(
    name="expense_line_is_wholly_distributed",
    when="INSERT OR UPDATE",
    deferred=True,
    # Spares an import a question for each line: a new one with a key has no portions yet.
    condition="num_nonnulls(NEW.key_id, NEW.unit_id, NEW.takes_back_id) = 0",
    declare="DECLARE of_line bigint := NEW.id;",
    body=_DISTRIBUTED,
)
PORTIONS_MAKE_THE_LINE = trigger_rule(
    name="portions_make_their_line",
    when="INSERT OR UPDATE OR DELETE",
    deferred=True,
    declare="DECLARE of_line bigint := coalesce(NEW.line_id, OLD.line_id);",
    body=_DISTRIBUTED,
)

# A correction takes back, whole, a line of the expense that it corrects or of an earlier correction of it.
TAKEN_BACK_IS_MIRRORED = trigger_rule(
    name="taken_back_line_is_mirrored",
    when="INSERT OR UPDATE",
    condition="NEW.takes_back_id IS NOT NULL",
    body=f"""
  IF NOT EXISTS (SELECT FROM expenses_expenseline l
                 JOIN expenses_expense e ON (e.organization_id, e.id) = (l.organization_id, l.expense_id)
                 JOIN expenses_expense c ON (c.organization_id, c.id) = (NEW.organization_id, NEW.expense_id)
                 WHERE l.organization_id = NEW.organization_id AND l.id = NEW.takes_back_id
                   AND l.gross = -NEW.gross AND c.is_correction
                   AND (e.id = c.refers_to_id OR e.is_correction AND e.refers_to_id = c.refers_to_id)) THEN
    {refusal("taken_back_line_is_mirrored", "line % does not mirror the line that it takes back", "NEW.id")}
  END IF;
""",
)
