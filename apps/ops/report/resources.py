"""What the machine saw: processes, system, network, stability (sections 2.1 to 2.4)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.ops.models import LoadTest
from apps.ops.report import words
from apps.ops.report.load import error_rate, kilobytes_per_request
from apps.ops.report.published import Figure, Published
from apps.ops.report.reckoning import BYTES_A_KILOBYTE
from apps.ops.report.shape import PHASES
from apps.ops.report.tables import Compared, Row, Section, Table

BYTES_A_MEGABYTE = 1_000_000
Theirs = tuple[Figure, Figure, Figure]


# --- 2.1 Processes ---
def processes(test: LoadTest) -> Section:
    headings = [
        _("Processus"), _("CPU au repos"), _("CPU moyen"), _("CPU au pic"), _("Mémoire au repos"),
        _("Mémoire moyenne"), _("Mémoire au pic"), _("Secondes de CPU"), _("Redémarrages"),
    ]  # fmt: skip
    rows = [_process_row(process) for process in test.figures["processes"]]
    return Section(
        _("Ressources par processus"), "2.1",
        tables=[Table(_("Ce test"), headings, rows), Table(_("Publié"), headings[:7], list(_their_rows())),
                _memory(test)],
        notes=[
            _("Le proxy n’apparaît que dans un test qui passe par lui ; les pages se font ici dans l’application,"
              " là-bas dans le navigateur."),
        ],
    )  # fmt: skip


def _process_row(process: dict[str, Any]) -> Row:
    cells: list[Any] = [process["name"]]
    cells += [words.per_cent(_decimal(process["cpu_percent"][phase])) for phase in PHASES]
    cells += [words.megabytes(_decimal(process["mb"][phase])) for phase in PHASES]
    cells += [words.short(_decimal(process["cpu_seconds"])), words.count(_decimal(process["restarts"]))]
    return Row(cells, [f"processes[{process['name']}]"])


def _decimal(value: float) -> Decimal:
    return Decimal(str(value))


def _their_rows() -> Iterator[Row]:
    theirs: list[tuple[str, Theirs, Theirs]] = [
        (
            "Backend (Rust, Actix)",
            (Published.BACKEND_CPU_REST, Published.BACKEND_CPU_MEAN, Published.BACKEND_CPU_PEAK),
            (Published.BACKEND_MB_REST, Published.BACKEND_MB_MEAN, Published.BACKEND_MB_PEAK),
        ),
        (
            "PostgreSQL 15",
            (Published.POSTGRES_CPU_REST, Published.POSTGRES_CPU_MEAN, Published.POSTGRES_CPU_PEAK),
            (Published.POSTGRES_MB_REST, Published.POSTGRES_MB_MEAN, Published.POSTGRES_MB_PEAK),
        ),
        (
            "Traefik",
            (Published.PROXY_CPU_REST, Published.PROXY_CPU_MEAN, Published.PROXY_CPU_PEAK),
            (Published.PROXY_MB_REST, Published.PROXY_MB_MEAN, Published.PROXY_MB_PEAK),
        ),
        (
            "Frontend (Astro)", (Published.FRONTEND_CPU,) * 3, (Published.FRONTEND_MB,) * 3,
        ),
    ]  # fmt: skip
    for name, cpu, mb in theirs:
        cells = [words.published(figure, words.per_cent) for figure in cpu]
        cells += [words.published(figure, words.megabytes) for figure in mb]
        sources = dict.fromkeys(figure.source for figure in (*cpu, *mb))
        yield Row([name, *cells], list(sources))


def _memory(test: LoadTest) -> Table:
    table = Compared(test, _("Mémoire au pic, ensemble des processus"))
    parts = (Published.BACKEND_MB_PEAK, Published.POSTGRES_MB_PEAK, Published.PROXY_MB_PEAK, Published.FRONTEND_MB)
    theirs = Figure("2.1", sum((part.value for part in parts), Decimal()), name=" + ".join(part.name for part in parts))
    table.reckon(
        _("Somme des pics"), memory(test, "peak"), ["Σ processes.mb.peak"], theirs, words.megabytes, words.THRIFT
    )
    table.read(
        _("Connexions à PostgreSQL"), "postgres_connections", Published.POSTGRES_CONNECTIONS, words.short, words.THRIFT
    )
    return table.table()


def memory(test: LoadTest, phase: str) -> Decimal:
    """Megabytes of all processes together."""
    return sum((_decimal(process["mb"][phase]) for process in test.figures["processes"]), Decimal())


# --- 2.2 System ---
def system(test: LoadTest) -> Section:
    table = Compared(test, _("Ressources du système"))
    phases = {
        "rest": (_("Mémoire au repos"), Published.RAM_REST), "mean": (_("Mémoire en charge"), Published.RAM_MEAN),
        "peak": (_("Mémoire au pic"), Published.RAM_PEAK),
    }  # fmt: skip
    for phase, (label, theirs) in phases.items():
        table.reckon(label, memory(test, phase), [f"Σ processes.mb.{phase}"], theirs, words.megabytes)
    table.read(
        _("Charge du système (1 min)"), "machine.load_average", Published.LOAD_AVERAGE, words.short, words.THRIFT
    )
    table.read(
        _("CPU inoccupé"), "machine.cpu_idle", Published.CPU_IDLE, words.per_cent, words.THRIFT, more_is_better=True
    )
    table.read(_("Mémoire d’échange (swap)"), "machine.swap_mb", Published.SWAP, words.megabytes, words.THRIFT)
    table.read(
        _("Lecture du disque"), "machine.disk_read_kb_s", Published.DISK_READ, words.kilobytes_per_second, words.THRIFT
    )
    table.read(
        _("Écriture sur le disque"), "machine.disk_write_kb_s", Published.DISK_WRITTEN, words.kilobytes_per_second,
        words.THRIFT,
    )  # fmt: skip
    return Section(
        _("Ressources du système"), "2.2", tables=[table.table()],
        notes=[
            _("Mémoire : ici tous les processus du service, là-bas toute la machine, système compris ; sans verdict,"
              " parce que ce n’est pas la même mesure."),
            _("Le nôtre sert plus de requêtes par seconde : il lit et écrit davantage en une seconde, et laisse moins"
              " de CPU inoccupé."),
        ],
    )  # fmt: skip


# --- 2.3 Network ---
def network(test: LoadTest) -> Section:
    table = Compared(test, _("Réseau"))
    both = (test.figure("machine.bytes_in") + test.figure("machine.bytes_out")) / BYTES_A_MEGABYTE
    megabyte = Decimal(1) / BYTES_A_MEGABYTE
    table.read(_("Entrant"), "machine.bytes_in", Published.MB_IN, words.megabytes, times=megabyte)
    table.read(_("Sortant"), "machine.bytes_out", Published.MB_OUT, words.megabytes, times=megabyte)
    table.reckon(_("Les deux sens"), both, ["machine.bytes_in + machine.bytes_out"], Published.MB_BOTH, words.megabytes)
    kilobyte = Decimal(1) / BYTES_A_KILOBYTE
    table.read(_("Envoyé par requête"), "bytes_per_request.sent", None, words.kilobytes, times=kilobyte)
    table.read(_("Reçu par requête"), "bytes_per_request.received", None, words.kilobytes, times=kilobyte)
    table.reckon(
        _("Par requête, les deux sens"), kilobytes_per_request(test),
        ["bytes_per_request.sent + bytes_per_request.received"], their_kilobytes(), words.kilobytes, words.THRIFT,
    )  # fmt: skip
    return Section(
        _("Réseau"), "2.3", tables=[table.table()],
        notes=[
            _("Sans proxy, rien n’est compressé : les octets d’un test par le proxy TLS sont ceux que paient le réseau"
              " et les personnes."),
        ],
    )  # fmt: skip


def their_kilobytes() -> Figure:
    """What the published bytes and requests make of a request."""
    value = Published.MB_BOTH.value * BYTES_A_KILOBYTE / Published.REQUESTS.value
    return Figure("2.3", value, name=f"{Published.MB_BOTH.name} ÷ {Published.REQUESTS.name}")


# --- 2.4 Stability ---
def stability(test: LoadTest) -> Section:
    table = Compared(test, _("Stabilité"))
    table.rows.append(error_rate(test))
    restarts = sum((_decimal(process["restarts"]) for process in test.figures["processes"]), Decimal())
    table.reckon(_("Redémarrages"), restarts, ["Σ processes.restarts"], Published.RESTARTS, words.count, words.SAFETY)
    table.read(_("Mémoire d’échange (swap)"), "machine.swap_mb", Published.SWAP, words.megabytes, words.SAFETY)
    return Section(_("Stabilité"), "2.4", tables=[table.table()])
