"""The site's WSGI application; the last line is what the gate needs."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from sence_gate import SenceGate

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campus.settings")

application = SenceGate(get_wsgi_application(), settings.SENCE_GATE)
