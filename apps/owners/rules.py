"""What PostgreSQL keeps about holdings, in SQL."""

from koprogo.rules import SqlRule

# A range of one number stands for equality: gist has that built in, btree_gist would be an extension.
HOLDINGS_DO_NOT_OVERLAP = SqlRule(
    name="holdings_of_a_unit_do_not_overlap",
    create=(
        "ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
        "(int8range(unit_id, unit_id, '[]') WITH &&, daterange(starts_on, ends_on) WITH &&)"
    ),
    drop="ALTER TABLE {table} DROP CONSTRAINT {name}",
)

# Between the first and the last holding of a lot somebody always holds it: each ends where the next begins. The last
# may end while the next holder is not known yet; charges after it are then refused by day and lot (expenses.queries).
# Checked at commit, when a change of hands stands whole.
HOLDINGS_HAVE_NO_GAP = SqlRule(
    name="holdings_of_a_unit_have_no_gap",
    create="""
CREATE FUNCTION holdings_of_a_unit_have_no_gap() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_unit bigint := coalesce(NEW.unit_id, OLD.unit_id);
        of_organization bigint := coalesce(NEW.organization_id, OLD.organization_id);
BEGIN
  PERFORM still_in_organization(of_organization);
  IF EXISTS (SELECT FROM (SELECT ends_on, lead(starts_on) OVER (ORDER BY starts_on) AS next_starts_on
                          FROM owners_holding WHERE organization_id = of_organization AND unit_id = of_unit) held
             WHERE ends_on <> next_starts_on) THEN
    RAISE EXCEPTION 'the holdings of lot % leave a gap', of_unit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'holdings_of_a_unit_have_no_gap';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION holdings_of_a_unit_have_no_gap()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION holdings_of_a_unit_have_no_gap()",
)

HOLDER_HAS_MEMBERS = SqlRule(
    name="account_holder_has_members",
    create="""
CREATE FUNCTION account_holder_has_members() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM still_in_organization(NEW.organization_id);
  IF EXISTS (SELECT FROM owners_accountholder WHERE id = NEW.id)
     AND NOT EXISTS (SELECT FROM owners_holdermember
                     WHERE organization_id = NEW.organization_id AND holder_id = NEW.id) THEN
    RAISE EXCEPTION 'account holder % has no members', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'account_holder_has_members';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION account_holder_has_members()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION account_holder_has_members()",
)

# At every moment full + usufruct = 1 and full + bare = 1, in exact fractions over their common denominator.
# Checked at commit, when all members stand.
HOLDER_IS_WHOLE = SqlRule(
    name="holder_members_make_a_whole",
    create="""
CREATE FUNCTION holder_is_whole() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_holder bigint := coalesce(NEW.holder_id, OLD.holder_id);
        of_organization bigint := coalesce(NEW.organization_id, OLD.organization_id);
        member record; common numeric := 1; bearing numeric := 0; owning numeric := 0;
BEGIN
  PERFORM still_in_organization(of_organization);
  FOR member IN SELECT * FROM owners_holdermember WHERE organization_id = of_organization AND holder_id = of_holder LOOP
    common := lcm(common, member.denominator);
  END LOOP;
  FOR member IN SELECT * FROM owners_holdermember WHERE organization_id = of_organization AND holder_id = of_holder LOOP
    IF member."right" <> 'bare' THEN bearing := bearing + member.numerator * common / member.denominator; END IF;
    IF member."right" <> 'usufruct' THEN owning := owning + member.numerator * common / member.denominator; END IF;
  END LOOP;
  IF EXISTS (SELECT FROM owners_accountholder WHERE id = of_holder) AND (bearing <> common OR owning <> common) THEN
    RAISE EXCEPTION 'the rights of account holder % do not make a whole', of_holder
      USING ERRCODE = 'check_violation', CONSTRAINT = 'holder_members_make_a_whole';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION holder_is_whole()
""",
    drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION holder_is_whole()",
)
