"""The portal's settings, with one more address to compare its pages with."""

from derby_portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
