from django.apps import AppConfig


class DerbyPortalConfig(AppConfig):
    name = "derby_portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from derby_portal import checks  # noqa: F401  (registers the system checks)
