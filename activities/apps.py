from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"

    def ready(self) -> None:
        """Tell how many suggestions wait to be read."""
        from activities.queries.feedback import waiting
        from activities.templatetags.staff_pages import WAITING

        WAITING["feedback:suggestions"] = waiting
