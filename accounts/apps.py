from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Hear of second factors: models are not there before."""
        from accounts import second_factors

        second_factors.listen()
