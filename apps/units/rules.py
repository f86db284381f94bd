"""What PostgreSQL keeps about versions and readings, in SQL."""

from koprogo.rules import SqlRule, refusal, trigger_rule

# The time by which the values of a revision may change is the transaction's own, whatever a statement says.
REVISION_IS_STAMPED = trigger_rule(
    name="revision_is_stamped", when="INSERT", body="NEW.made_at := transaction_timestamp();"
)

# What was before is known for the latest only: a revision comes after all others of the same key, or on their day.
REVISIONS_FOLLOW_EACH_OTHER = trigger_rule(
    name="revisions_follow_each_other",
    when="INSERT",
    body=f"""
  IF EXISTS (SELECT FROM units_revision r
             WHERE r.organization_id = NEW.organization_id AND r.building_id = NEW.building_id
               AND r.key_id IS NOT DISTINCT FROM NEW.key_id AND r.starts_on > NEW.starts_on) THEN
    {refusal("revisions_follow_each_other", "a later version exists already")}
  END IF;
""",
)

READINGS_DO_NOT_OVERLAP = SqlRule(
    name="readings_of_a_unit_do_not_overlap",
    create=(
        "ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist (int8range(key_id, key_id, '[]') WITH &&, "
        "int8range(unit_id, unit_id, '[]') WITH &&, daterange(starts_on, ends_on) WITH &&)"
    ),
    drop="ALTER TABLE {table} DROP CONSTRAINT {name}",
)
