"""A portfolio of copropriétés as large as wanted, the same at every run: what speed and memory are measured on.

`manage.py make_portfolio` writes it in bulk; the rows are those that forms and approvals would have made.
"""
