"""The application that gunicorn serves."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler

from koprogo.posted import Request
from koprogo.shedding import Shedding
from koprogo.thread_locals import use_thread_locals


class Handler(WSGIHandler):
    request_class = Request


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
django.setup(set_prefix=False)
application = Shedding(Handler())
use_thread_locals()
