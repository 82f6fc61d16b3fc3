from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self) -> None:
        from activities.templatetags.staff_pages import WAITING
        from evaluation.queries.held import held_about
        from evaluation.queries.quotes import count_to_check
        from evaluation.queries.today import to_ask_today
        from evaluation.services.extracts import forget_files
        from evaluation.services.people import forget_anonymised, forget_erased, stop_what_ended
        from participants import handlers

        handlers.person_erased.append(forget_erased)
        handlers.person_anonymised.append(forget_anonymised)
        handlers.consent_withdrawn.append(stop_what_ended)
        handlers.left_out.append(forget_files)
        handlers.subject_data.append(held_about)
        WAITING["quotes:quotes"] = count_to_check
        WAITING["surveys:coverage"] = to_ask_today
