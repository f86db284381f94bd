"""The application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from koprogo.shedding import Shedding
from koprogo.thread_locals import use_thread_locals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
application = Shedding(get_wsgi_application())
use_thread_locals()
