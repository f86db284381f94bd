"""The rules that row triggers keep, asked over all rows at once: each statement counts what breaks one."""

from django.db import connection

RULES = {
    "les quotités des lots font le total de leur immeuble": """
        SELECT count(*) FROM buildings_building b
        WHERE total_shares <> (SELECT coalesce(sum(share), 0) FROM units_unit u WHERE u.building_id = b.id)""",
    "les titulaires ont des membres, dont les droits font un tout": """
        SELECT count(*) FROM owners_accountholder h LEFT JOIN LATERAL (
          SELECT sum(numerator::numeric / denominator) FILTER (WHERE "right" <> 'bare') AS bearing,
                 sum(numerator::numeric / denominator) FILTER (WHERE "right" <> 'usufruct') AS owning
          FROM owners_holdermember m WHERE m.organization_id = h.organization_id AND m.holder_id = h.id) whole ON true
        WHERE (bearing, owning) IS DISTINCT FROM (1::numeric, 1::numeric)""",
    "chaque lot est détenu sans trou": """
        SELECT count(*) FROM units_unit u LEFT JOIN (
          SELECT unit_id, min(starts_on) AS start, bool_or(ends_on IS NULL) AS is_open,
                 bool_or(ends_on IS DISTINCT FROM next_starts_on) AS has_gap
          FROM (SELECT *, lead(starts_on) OVER (PARTITION BY unit_id ORDER BY starts_on) AS next_starts_on
                FROM owners_holding) held GROUP BY unit_id) history ON history.unit_id = u.id
        WHERE is_open IS DISTINCT FROM true OR has_gap""",
    "les lignes font le montant de leur dépense": """
        SELECT count(*) FROM expenses_expense e LEFT JOIN (
          SELECT expense_id, sum(gross) AS gross FROM expenses_expenseline WHERE is_current GROUP BY expense_id
        ) l ON l.expense_id = e.id WHERE l.gross IS DISTINCT FROM e.amount""",
    "chaque ligne a une clé ou un lot": """
        SELECT count(*) FROM expenses_expenseline WHERE num_nonnulls(key_id, unit_id) <> 1""",
    "les parts font leur ligne": """
        SELECT count(*) FROM expenses_expenseline l LEFT JOIN (
          SELECT line_id, sum(amount) AS amount FROM expenses_lotpart GROUP BY line_id
        ) p ON p.line_id = l.id WHERE p.amount IS DISTINCT FROM l.gross""",
    "chaque dépense approuvée a une approbation": """
        SELECT count(*) FROM expenses_expense e LEFT JOIN (
          SELECT expense_id, count(*) AS approvals FROM expenses_approval GROUP BY expense_id
        ) a ON a.expense_id = e.id
        WHERE coalesce(approvals, 0) <> (status IN ('approved', 'paid'))::int""",
    "chaque approbation a le nombre, la somme et l’empreinte de ses parts": """
        SELECT count(*) FROM expenses_approval a JOIN expenses_expense e ON e.id = a.expense_id LEFT JOIN (
          SELECT approval_id, count(*) AS parts, sum(amount) AS amount, string_agg(
                   line_id || ' ' || unit_id || ' ' || weight || ' ' || amount, E'\\n' ORDER BY id) AS sealed
          FROM expenses_lotpart GROUP BY approval_id) p ON p.approval_id = a.id
        WHERE (parts, p.amount, e.amount, encode(sha256(sealed::bytea), 'hex'))
              IS DISTINCT FROM (part_count, part_sum, part_sum, part_hash)""",
}


class RulesBroken(Exception):
    """What was written does not hold; `args[0]` are the rules with the number of rows that break each."""


def check_rules() -> int:
    """How many rules were asked. Raises RulesBroken."""
    broken = {rule: number for rule, question in RULES.items() if (number := _count(question))}
    if broken:
        raise RulesBroken(broken)
    return len(RULES)


def _count(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])
