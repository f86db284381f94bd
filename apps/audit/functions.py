"""What PostgreSQL itself does for the audit, as SQL for its migrations."""

from koprogo.rules import APP_ROLE, CURRENT_ORGANIZATION, OWNER_ROLE

# Every table that a migration makes is the application's to read and write, unless a rule takes that back
# (koprogo.rules.InsertOnly). Truncate, references and triggers are never given.
PRIVILEGES = f"""
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {APP_ROLE};
GRANT SELECT ON django_migrations TO {APP_ROLE};
-- A temporary table would be found before ours by whatever forgets to say otherwise.
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;
"""

# One function for all tables. Arguments: the personal, hidden and ignored columns, comma-separated.
ROW_TRIGGER = """
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  personal text[] := string_to_array(TG_ARGV[0], ',');
  hidden text[] := string_to_array(TG_ARGV[1], ',');
  -- Generated columns say nothing new; identity stands in columns of its own.
  silent text[] := string_to_array(TG_ARGV[2], ',') || '{search,key,id,organization_id}'::text[];
  old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  kept jsonb := coalesce(new_row, old_row);
  of_organization bigint := coalesce((kept ->> 'organization_id')::bigint, 0);
  changes jsonb := '{}'; field text; before jsonb; after jsonb;
BEGIN
  FOR field IN SELECT jsonb_object_keys(kept) LOOP
    before := coalesce(old_row -> field, 'null'); after := coalesce(new_row -> field, 'null');
    CONTINUE WHEN field = ANY (silent) OR before = after;
    IF field = ANY (hidden) THEN before := '"…"'; after := '"…"';
    ELSIF field = ANY (personal) THEN
      before := audit_personal_reference(of_organization, TG_TABLE_NAME, (kept ->> 'id')::bigint, field, before);
      after := audit_personal_reference(of_organization, TG_TABLE_NAME, (kept ->> 'id')::bigint, field, after);
    END IF;
    changes := changes || jsonb_build_object(field, jsonb_build_array(before, after));
  END LOOP;
  IF TG_OP = 'UPDATE' AND changes = '{}' THEN RETURN NULL; END IF;
  INSERT INTO audit_event (organization_id, "table", object_id, action, changes, reason, actor, request)
  VALUES (of_organization, TG_TABLE_NAME, (kept ->> 'id')::bigint, lower(TG_OP), changes, '', '', '');
  RETURN NULL;
END $$;

-- The value goes into audit_personal once; the event keeps {"personal": its id}.
CREATE FUNCTION audit_personal_reference(
  of_organization bigint, of_table text, of_object bigint, of_field text, given jsonb
) RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE reference bigint;
BEGIN
  IF given IN ('null', '""') THEN RETURN given; END IF;
  INSERT INTO audit_personal (organization_id, "table", object_id, field, value)
  VALUES (of_organization, of_table, of_object, of_field, given) ON CONFLICT DO NOTHING RETURNING id INTO reference;
  IF reference IS NULL THEN
    SELECT id INTO reference FROM audit_personal WHERE organization_id = of_organization AND "table" = of_table
      AND object_id = of_object AND field = of_field AND value = given;
  END IF;
  RETURN jsonb_build_object('personal', reference);
END $$;
"""

# Who, when and from where are the connection's context, whatever the statement says; the number is the next one.
STAMP = """
CREATE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE who text := coalesce(current_setting('koprogo.actor', true), '');
BEGIN
  NEW.id := nextval(pg_get_serial_sequence('audit_event', 'id'));
  NEW.at := clock_timestamp();
  NEW.actor_id := CASE WHEN who ~ '^[0-9]+$' THEN who::bigint END;
  NEW.actor := CASE WHEN who ~ '^[0-9]+$' THEN '' ELSE left(who, 40) END;
  NEW.ip := nullif(current_setting('koprogo.ip', true), '')::inet;
  NEW.request := left(coalesce(current_setting('koprogo.request', true), ''), 36);
  RETURN NEW;
END $$;
CREATE TRIGGER audit_event_is_stamped BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_stamp();
"""

# Rules that are judged at commit read through row-level security: whoever looked away by then would slip through.
STILL_THERE = f"""
CREATE FUNCTION still_in_organization(of_organization bigint) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF current_user = '{APP_ROLE}' AND of_organization IS DISTINCT FROM {CURRENT_ORGANIZATION} THEN
    RAISE EXCEPTION 'a transaction ends in the organization in which it wrote' USING ERRCODE = 'insufficient_privilege';
  END IF;
END $$;
"""

# Refused aloud: without these an update under row security would change no row and say nothing.
# An erasure empties audit_personal.value under the owner's role; nothing else is changed there either.
APPEND_ONLY = f"""
CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'audit events are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_event_is_never_changed BEFORE UPDATE OR DELETE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
CREATE TRIGGER audit_event_is_never_emptied BEFORE TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
CREATE TRIGGER audit_personal_is_never_removed BEFORE DELETE OR TRUNCATE ON audit_personal
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
REVOKE UPDATE, DELETE ON audit_event, audit_personal FROM {APP_ROLE};
"""

# What happens before an organization is known carries 0: it may always be added.
# The personal values among it are those of users, whom every sign-in reads anyway.
MINE = f"organization_id = {CURRENT_ORGANIZATION}"
NOBODY_S = "organization_id = 0"
WALLS = "".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_of_the_current_organization ON {table} FOR SELECT TO {APP_ROLE} USING ({visible});
CREATE POLICY {table}_is_added_to ON {table} FOR INSERT TO {APP_ROLE} WITH CHECK ({NOBODY_S} OR {MINE});
CREATE POLICY {table}_owner ON {table} TO {OWNER_ROLE} USING (true);
"""
    for table, visible in {"audit_event": MINE, "audit_personal": f"{NOBODY_S} OR {MINE}"}.items()
)

AFTER_THE_TABLES = ROW_TRIGGER + STAMP + STILL_THERE + APPEND_ONLY + WALLS

# The application shows seals; koprogo.sealing adds them as the owner.
SEALS = f"""
CREATE TRIGGER audit_seal_is_never_changed BEFORE UPDATE OR DELETE ON audit_seal
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses();
REVOKE INSERT, UPDATE, DELETE ON audit_seal FROM {APP_ROLE};
"""
