from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    name = "participants"

    def ready(self) -> None:
        from accounts.handlers import concerns_of, kept_of
        from activities.handlers import session_restored, sessions_booked, sessions_kept
        from activities.templatetags.staff_pages import WAITING
        from participants import checks  # noqa: F401  (registers the system checks)
        from participants.handlers import person_anonymised, person_erased
        from participants.queries.bookings import booked_among
        from participants.queries.complaints import waiting_complaints
        from participants.queries.concerns import waiting_concerns
        from participants.queries.kept import kept_among
        from participants.queries.photographs import count_to_take_down
        from participants.queries.retention import waiting_runs
        from participants.queries.rights import waiting_requests
        from participants.queries.traces import kept_of_person, readable_concerns
        from participants.services.held import release_held
        from participants.services.photographs import taken_down_with
        from participants.services.rights import forget

        session_restored.append(lambda session: release_held(session=session))
        sessions_booked.append(booked_among)
        sessions_kept.append(kept_among)
        WAITING["complaints:list"] = waiting_complaints
        WAITING["consents:to_take_down"] = count_to_take_down
        WAITING["concerns:list"] = waiting_concerns
        WAITING["retention:runs"] = waiting_runs
        kept_of.append(kept_of_person)
        concerns_of.append(readable_concerns)
        WAITING["rights:requests"] = waiting_requests
        for handlers in (person_erased, person_anonymised):
            handlers += [taken_down_with, forget]
