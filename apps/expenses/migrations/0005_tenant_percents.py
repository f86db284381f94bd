"""What a lease usually puts on the tenant (DOMAIN.md §3.1): a proposal for each line, which the lease decides."""

from django.db import migrations

# An account without a row has what the account above it says.
TENANT_PERCENTS = {
    "610": 100, "6107": 0, "611": 0, "612": 100, "6125": 0, "613": 0, "614": 0, "615": 100, "616": 0, "62": 100,
}  # fmt: skip


def set_tenant_percents(apps, schema_editor):
    Account = apps.get_model("expenses", "Account")
    for code, percent in TENANT_PERCENTS.items():
        Account.objects.filter(code=code).update(tenant_percent=percent)


class Migration(migrations.Migration):
    dependencies = [("expenses", "0004_corrections")]
    operations = [migrations.RunPython(set_tenant_percents, migrations.RunPython.noop)]
