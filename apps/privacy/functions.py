"""The one way in which the application empties a value that the audit kept, as SQL for the first migration.

The journal's events stay as they are: what they refer to is emptied. The function runs under the owner's role, inside
the transaction that erases; it reaches the current organization alone, no value that a record still carries, and each
use is an event of its own.
"""

from koprogo.postgres import APP_ROLE
from koprogo.rules import CURRENT_ORGANIZATION, SqlRule

FORGETTING = SqlRule(
    name="forget_personal_values",
    create=f"""
CREATE FUNCTION {{name}}(of_table text, of_object bigint, of_fields text[]) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_organization bigint := {CURRENT_ORGANIZATION}; carried jsonb; emptied integer;
BEGIN
  IF of_table NOT IN ('owners_owner', 'privacy_privacyrequest', 'privacy_legalhold') THEN
    RAISE EXCEPTION 'the values of % are not forgotten', of_table USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('SELECT to_jsonb(t) FROM %I t WHERE organization_id = $1 AND id = $2', of_table)
    INTO carried USING of_organization, of_object;
  IF carried IS NULL THEN
    RAISE EXCEPTION 'nothing of this organization to forget' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE audit_personal SET value = NULL
    WHERE organization_id = of_organization AND "table" = of_table AND object_id = of_object
      AND field = ANY (of_fields) AND value IS NOT NULL AND value IS DISTINCT FROM carried -> field;
  GET DIAGNOSTICS emptied = ROW_COUNT;
  INSERT INTO audit_event (organization_id, "table", object_id, action, changes, reason, actor, request)
    VALUES (of_organization, of_table, of_object, 'values_erased',
            jsonb_build_object('values', jsonb_build_array(null, emptied)), '', '', '');
  RETURN emptied;
END $$;
REVOKE ALL ON FUNCTION {{name}}(text, bigint, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {{name}}(text, bigint, text[]) TO {APP_ROLE}
""",
    drop="DROP FUNCTION {name}(text, bigint, text[])",
)
