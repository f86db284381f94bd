"""The application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from koprogo.shedding import Shedding

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
application = Shedding(get_wsgi_application())
