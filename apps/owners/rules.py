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

# At every moment full + usufruct = 1 and full + bare = 1, in exact fractions over their common denominator.
# Checked at commit, when all members stand.
HOLDER_IS_WHOLE = SqlRule(
    name="holder_members_make_a_whole",
    create="""
CREATE FUNCTION holder_is_whole() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE of_holder bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.holder_id ELSE NEW.holder_id END;
        member record; common numeric := 1; bearing numeric := 0; owning numeric := 0;
BEGIN
  FOR member IN SELECT * FROM owners_holdermember WHERE holder_id = of_holder LOOP
    common := lcm(common, member.denominator);
  END LOOP;
  FOR member IN SELECT * FROM owners_holdermember WHERE holder_id = of_holder LOOP
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
