"""The portal's settings, with one more address to compare its pages with.

With BENCH_UNKEPT nothing that was made is kept, so that every request makes its page anew.
"""

import os

from derby_portal.settings import *  # noqa: F403
from derby_portal.settings import CACHES

if os.environ.get("BENCH_UNKEPT"):
    CACHES["pages"]["BACKEND"] = "django.core.cache.backends.dummy.DummyCache"
ROOT_URLCONF = "tests.bench.urls"
