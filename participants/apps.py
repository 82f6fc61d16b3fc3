from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "participants"

    def ready(self) -> None:
        from activities.handlers import session_restored
        from participants.services.held import release_held

        session_restored.append(lambda session: release_held(session=session))
