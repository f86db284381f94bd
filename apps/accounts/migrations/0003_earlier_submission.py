from django.db import migrations

CREATE = """
-- Where the first sending of a form led; NULL: this is the first. Whoever sends it at the same moment waits here for
-- the end of the first's transaction, and looks only then.
CREATE FUNCTION earlier_submission(of_organization bigint, of_user bigint, of_digest text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(of_digest, of_user));
  RETURN (SELECT address FROM accounts_submission
          WHERE organization_id = of_organization AND user_id = of_user AND digest = of_digest);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_submissions")]
    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION earlier_submission(bigint, bigint, text)"),
    ]
