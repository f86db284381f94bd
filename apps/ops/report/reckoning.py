"""The reckoning of the report: numbers in, numbers out."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from apps.ops.constants import GRID_G_PER_KWH, MARGIN, NETWORK_G_PER_KB, SERVER_WATTS_PER_CPU
from apps.ops.report.published import Published

SECONDS_AN_HOUR = 3600
WATTS_A_KILOWATT = 1000
BYTES_A_KILOBYTE = 1000
GRAMS_A_KILOGRAM = 1000
SAME = Decimal("1.05")  # nearer than one twentieth is as good as equal


# --- Ours beside theirs ---
@dataclass(frozen=True, slots=True)
class Comparison:
    """`is_better` None: as good as equal. `times`: how many times; None where one of the two is zero."""

    is_better: bool | None
    times: Decimal | None = None


def compare(ours: Decimal, theirs: Decimal, *, high: Decimal | None = None, more_is_better: bool = False) -> Comparison:
    """Ours against a published value, or against the nearer end of the range that it is."""
    high = theirs if high is None else high
    if theirs <= ours <= high:
        return Comparison(None)
    end = theirs if ours < theirs else high
    is_more = ours > end
    less, more = sorted((ours, end))
    if less <= 0:
        return Comparison(is_more == more_is_better)
    times = more / less
    return Comparison(None) if times < SAME else Comparison(is_more == more_is_better, times)


# --- Capacity (the method of section 3.1) ---
@dataclass(frozen=True, slots=True)
class Scenario:
    """How many users are active at once, in per cent, and how many a copropriété has."""

    active_percent: Decimal
    users: Decimal


def _scenarios() -> tuple[Scenario, Scenario, Scenario]:
    active, users = Published.ACTIVE_PERCENT, Published.ACTIVE_USERS
    assert active.high is not None
    assert users.high is not None
    return (
        Scenario(active.high, users.high),
        Scenario(active.high, (users.value + users.high) / 2),
        Scenario(active.value, users.value),
    )


CAREFUL, CENTRAL, HOPEFUL = _scenarios()


def buildings_held(requests_per_second: Decimal, scenario: Scenario) -> Decimal:
    """Requests a second ÷ those of an active user ÷ share of users active at once ÷ users of a copropriété."""
    users = requests_per_second / Published.USER_REQUESTS_PER_SECOND.value / (scenario.active_percent / 100)
    return (users / scenario.users).to_integral_value(ROUND_FLOOR)


# --- Carbon (the method of section 4.1) ---
def network_grams(bytes_per_request: Decimal) -> Decimal:
    """Both directions together."""
    return bytes_per_request / BYTES_A_KILOBYTE * factor(NETWORK_G_PER_KB)


def server_grams(requests_per_second: Decimal) -> Decimal:
    """The hour's emission of one vCPU, over the requests that it serves in it, and the margin."""
    grams_an_hour = factor(SERVER_WATTS_PER_CPU) / WATTS_A_KILOWATT * factor(GRID_G_PER_KWH)
    return grams_an_hour / SECONDS_AN_HOUR / requests_per_second * factor(MARGIN)


def kilograms(requests: Decimal, grams_per_request: Decimal) -> Decimal:
    return requests * grams_per_request / GRAMS_A_KILOGRAM


def factor(constant: float) -> Decimal:
    """A constant of the method (apps.ops.constants), as it is written there."""
    return Decimal(str(constant))
