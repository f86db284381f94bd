"""Setting aside what is no longer used (buildings, lots, keys, owners, suppliers), and taking it back into use."""

from datetime import date

from apps.accounts.tenancy import Archivable


def archive(*, record: Archivable, on: date) -> None:
    """It leaves lists and choices from now on. Whether it may is for each room to judge before."""
    record.archived_on = on
    record.save(update_fields=["archived_on"])


def restore(*, record: Archivable) -> None:
    record.archived_on = None
    record.save(update_fields=["archived_on"])
