"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from config.corps import CorpsEntier

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = CorpsEntier(get_wsgi_application())
