"""The project: settings, addresses, workers and the front page. Imported by no app."""

from derby_portal.celery import app as celery_app

__all__ = ["celery_app"]
