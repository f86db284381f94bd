"""Plans of PostgreSQL, and what in them reads or sorts more than the page of a list needs."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from koprogo.listing import PAGE_SIZE

Plan = dict[str, Any]

# Rows: a page, the one that tells of a next page, and what each of them brings along.
FEW = 4 * (PAGE_SIZE + 1)
# What an index has brought together, such as one supplier's expenses, is sorted group by group.
GROUP = 4 * FEW


def plan_of(statement: str, values: Sequence[Any]) -> Plan:
    """How the statement went with these values, prepared and planned before they were known, as in service."""
    first, *others = statement.replace("%%", "%").split("%s")
    numbered = first + "".join(f"${place}{text}" for place, text in enumerate(others, start=1))
    given = sql.SQL(", ").join(sql.Literal(value) for value in values)
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE looked_at AS {numbered}")
        try:
            cursor.execute(sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE looked_at ({})").format(given))
            [[[found]]] = cursor.fetchall()
        finally:
            cursor.execute("DEALLOCATE looked_at")
    return found["Plan"]


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def excesses(plan: Plan) -> list[str]:
    """What sorts or scans more than a page's worth; nothing in a good plan."""
    return [
        f"{node['Node Type']} of {node.get('Relation Name', node.get('Sort Key'))}: {rows:.0f} rows"
        for node in nodes(plan) if (rows := _rows_at_once(node)) > (GROUP if _is_by_groups(node) else FEW)
    ]  # fmt: skip


def _rows_at_once(node: Plan) -> float:
    if _is_by_groups(node):
        groups = sum(node[kind]["Group Count"] for kind in ("Full-sort Groups", "Pre-sorted Groups") if kind in node)
        return sum(_rows(child) for child in node["Plans"]) / max(groups, 1)
    if node["Node Type"] == "Sort":
        return sum(_rows(child) for child in node["Plans"])
    if node["Node Type"] == "Seq Scan":
        return _rows(node) + node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
    return 0


def _is_by_groups(node: Plan) -> bool:
    kind: str = node["Node Type"]
    return kind == "Incremental Sort"


def most_rows(plan: Plan) -> float:
    """Of any step."""
    return max(_rows(node) for node in nodes(plan))


def _rows(node: Plan) -> float:
    return node["Actual Rows"] * node["Actual Loops"]
