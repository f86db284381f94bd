"""The application that gunicorn serves."""

import os

import django

from koprogo.handler import Handler
from koprogo.lean import make_lean
from koprogo.shedding import Shedding

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
django.setup(set_prefix=False)
application = Shedding(Handler())
make_lean()
