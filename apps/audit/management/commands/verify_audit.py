from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.verifying import Broken, Figures, verify
from koprogo.seals import KEY_FILE, LOG_FILE, SealError

STEP = 50_000  # events between two words of progress


class Command(BaseCommand):
    help = "Vérifie que rien n’a été changé, retiré ou ajouté dans le journal depuis qu’il a été scellé."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with psycopg.connect(settings.DATABASE_URLS["owner"], autocommit=True) as connection:
                figures = verify(connection, settings.DATA_DIR, self._progress)
        except Broken as found:
            raise CommandError(f"Le journal n’est plus celui qui a été scellé. {found}") from found
        except SealError as fault:
            path = settings.DATA_DIR / KEY_FILE
            raise CommandError(f"La clé des sceaux manque : donnez AUDIT_SEAL_KEY, ou le fichier {path}.") from fault
        except (psycopg.Error, OSError) as fault:
            reason = " ; ".join(str(fault).splitlines())
            raise CommandError(f"Le journal ne peut pas être vérifié : {reason}") from fault
        finally:
            self._progress(0)
        self.stdout.write(describe(figures))

    def _progress(self, events: int) -> None:
        if self.stderr.isatty() and events % STEP == 0:
            text = f"{events:,} événements".replace(",", "\u202f") if events else "\033[K"
            self.stderr.write(f"\r{text}", str, ending="")
            self.stderr.flush()


def describe(figures: Figures) -> str:
    if figures.last is None:
        return f"Rien n’est scellé encore : {figures.not_sealed} événement(s)."
    text = f"Tout est en ordre : {figures.events} événement(s) sous {figures.seals} sceau(x)"
    if figures.last.series > 1:
        text += f", en {figures.last.series} séries (la base a été restaurée)"
    text += f". Dernier sceau : {figures.last.number}, {figures.last.mac}."
    if not figures.is_last_logged:
        text += f"\n{LOG_FILE} n’a pas encore le dernier sceau ; il y sera avec le suivant."
    if figures.not_sealed_since:
        since = timezone.localtime(figures.not_sealed_since)
        text += f"\nPas encore scellés : {figures.not_sealed} événement(s), depuis le {since:%d/%m/%Y à %H:%M}."
    return text
