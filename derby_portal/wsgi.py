"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "derby_portal.settings")

application = get_wsgi_application()

# What was loaded stays for good, and need not be looked through for rubbish again and again. A page
# makes some ten thousand objects and drops them all: this is a fifth of a busy page's time.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
