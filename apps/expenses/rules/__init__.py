"""What PostgreSQL keeps about expenses, in SQL: sums, approvals, what they freeze, closed spans."""
