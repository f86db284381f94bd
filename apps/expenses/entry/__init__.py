"""Typing an expense: its form, what is proposed in it, and how it is read (saisie)."""
