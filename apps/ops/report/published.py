"""What the report of 25 October 2025 says, number by number, with the section that says it.

Source: « Rapport de Performance et Capacité – KoproGo SaaS », version MVP (v0.1.0), one vCPU and 2 GB.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(slots=True)
class Figure:
    """A published number; `high` where it is a range, `target` what its table wanted to stay below."""

    section: str
    value: Decimal
    high: Decimal | None = None
    target: Decimal | None = None
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def source(self) -> str:
        """How the report's readers find it: `THROUGHPUT (1.2)`."""
        return f"{self.name} ({self.section})"


def _figure(section: str, value: str, high: str | None = None, target: str | None = None) -> Figure:
    high_bound, most = (Decimal(bound) if bound else None for bound in (high, target))
    return Figure(section, Decimal(value), high_bound, most)


class Published:
    # --- 1.1 the test ---
    SECONDS = _figure("1.1", "180")
    CONNECTIONS = _figure("1.1", "20")
    READING_PERCENT = _figure("1.1", "70")

    # --- 1.2 its results ---
    REQUESTS = _figure("1.2", "47681")
    SUCCEEDED = _figure("1.2", "47556")
    FAILED = _figure("1.2", "125")
    SUCCESS_PERCENT = _figure("1.2", "99.74")
    ERROR_PERCENT = _figure("1.2", "0.26")
    THROUGHPUT = _figure("1.2", "287")
    PEAK_THROUGHPUT = _figure("1.2", "300")
    P50 = _figure("1.2", "69", target="100")
    P75 = _figure("1.2", "94", target="150")
    P90 = _figure("1.2", "130", target="200")
    P95 = _figure("1.2", "183", target="300")
    P99 = _figure("1.2", "752", target="1000")
    P999 = _figure("1.2", "1021", target="2000")

    # --- 2.1 its containers: CPU in per cent, memory in MB, at rest, on average, at the peak ---
    BACKEND_CPU_REST, BACKEND_CPU_MEAN = _figure("2.1", "0.03"), _figure("2.1", "20", "25")
    BACKEND_CPU_PEAK = _figure("2.1", "39")
    BACKEND_MB_REST, BACKEND_MB_MEAN = _figure("2.1", "4.3"), _figure("2.1", "5.1", "5.3")
    BACKEND_MB_PEAK = _figure("2.1", "5.5")
    PROXY_CPU_REST, PROXY_CPU_MEAN = _figure("2.1", "0"), _figure("2.1", "24", "26")
    PROXY_CPU_PEAK = _figure("2.1", "25")
    PROXY_MB_REST, PROXY_MB_MEAN, PROXY_MB_PEAK = _figure("2.1", "40"), _figure("2.1", "49", "50"), _figure("2.1", "50")
    POSTGRES_CPU_REST, POSTGRES_CPU_MEAN = _figure("2.1", "0"), _figure("2.1", "33", "38")
    POSTGRES_CPU_PEAK = _figure("2.1", "55")
    POSTGRES_MB_REST, POSTGRES_MB_MEAN = _figure("2.1", "90"), _figure("2.1", "91", "93")
    POSTGRES_MB_PEAK = _figure("2.1", "94")
    POSTGRES_CONNECTIONS = _figure("2.1", "10")
    FRONTEND_CPU, FRONTEND_MB = _figure("2.1", "0", "6"), _figure("2.1", "3.3")

    # --- 2.2 the machine ---
    RAM_REST, RAM_MEAN, RAM_PEAK = _figure("2.2", "790", "810"), _figure("2.2", "815", "825"), _figure("2.2", "851")
    LOAD_AVERAGE = _figure("2.2", "5", "7")
    CPU_IDLE = _figure("2.2", "20", "30")
    DISK_READ = _figure("2.2", "108")
    DISK_WRITTEN = _figure("2.2", "47")

    # --- 2.3 the network, through its proxy, in MB ---
    MB_IN, MB_OUT, MB_BOTH = _figure("2.3", "463"), _figure("2.3", "505"), _figure("2.3", "968")

    # --- 2.4 stability ---
    RESTARTS, SWAP = _figure("2.4", "0"), _figure("2.4", "0")

    # --- 3.1 capacity ---
    USER_REQUESTS_PER_SECOND = _figure("3.1", "0.5")
    ACTIVE_PERCENT = _figure("3.1", "5", "10")
    ACTIVE_USERS = _figure("3.1", "3", "5")
    HELD_CAREFUL, HELD_REALISTIC = _figure("3.1", "5000", "6000"), _figure("3.1", "15000", "20000")
    HELD_HOPEFUL = _figure("3.1", "40000", "50000")
    HELD_ADVISED = _figure("3.1", "1000", "1500")

    # --- 4 carbon: grams a request, kilograms a year ---
    SERVER_KG_A_YEAR = _figure("4.1", "2.63")
    REQUESTS_A_YEAR = _figure("4.1", "9051168000")
    SERVER_G = _figure("4.1", "0.00035")
    NETWORK_G = _figure("4.1", "0.12")
    TOTAL_G = _figure("4.2", "0.12")
    AIM_OF_2028_G = _figure("4.3", "0.05")
    REQUESTS_YEAR_1, KG_YEAR_1 = _figure("4.3", "600000000"), _figure("4.3", "72")
    REQUESTS_YEAR_2, KG_YEAR_2 = _figure("4.3", "3000000000"), _figure("4.3", "360")
    REQUESTS_YEAR_3, KG_YEAR_3 = _figure("4.3", "9000000000"), _figure("4.3", "1080")
    REQUESTS_YEAR_4, KG_YEAR_4 = _figure("4.3", "24000000000"), _figure("4.3", "2880")
    REQUESTS_YEAR_5, KG_YEAR_5 = _figure("4.3", "45000000000"), _figure("4.3", "5400")
    CAR_KM_YEAR_1 = _figure("4.3", "360")


class Rebuilt:
    """The system of that report, built again and run in our rig on portfolios like ours (bare there: 4 800–6 500)."""

    THROUGHPUT_15 = _figure("banc", "1395")
    THROUGHPUT_300 = _figure("banc", "929", "953")
    THROUGHPUT_1500 = _figure("banc", "264", "273")
    TIMES_BARE_15, TIMES_BARE_300 = _figure("banc", "0.22"), _figure("banc", "0.15", "0.17")
    TIMES_BARE_1500 = _figure("banc", "0.043")
    TIMES_BARE_OF_PAGES_300, TIMES_BARE_OF_PAGES_1500 = _figure("banc", "0.067"), _figure("banc", "0.026")
    TIMES_BARE_BY_PROXY_1500 = _figure("banc", "0.042")
