"""The application that gunicorn serves."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler

from koprogo.lean import make_lean
from koprogo.posted import Request
from koprogo.shedding import Shedding


class Handler(WSGIHandler):
    request_class = Request


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
django.setup(set_prefix=False)
application = Shedding(Handler())
make_lean()
