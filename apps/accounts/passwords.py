"""Which passwords are too common to protect anything."""

import string

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

# Beside Django's list, which knows little of Belgium.
OURS = {
    "anderlecht", "antwerpen", "azerty", "azertyui", "azertyuiop", "belgie", "belgique", "bienvenue", "bonjour",
    "brussel", "brussels", "bruxelles", "charleroi", "copropriete", "dimanche", "gent", "goedemorgen", "immeuble",
    "koprogo", "liege", "motdepasse", "namur", "syndic", "syndicus", "vlaanderen", "voetbal", "wachtwoord",
    "wallonie", "welkom",
}  # fmt: skip
AROUND = string.digits + string.punctuation + string.whitespace


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """A common password stays one with digits and signs around it: « Bruxelles2026! »."""

    def validate(self, password: str, user: object = None) -> None:
        super().validate(password, user)  # type: ignore[arg-type]
        word = password.lower().strip(AROUND)
        if word in OURS or word in self.passwords:
            raise ValidationError(self.get_error_message(), code="password_too_common")
