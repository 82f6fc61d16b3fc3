"""Every address of the portal."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from derby_portal import device, search_engines, views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", search_engines.robots, name="robots"),
    path("sitemap.xml", search_engines.sitemap, name="sitemap"),
    path("service-worker.js", device.service_worker, name="service_worker"),
    path("registers/offline/", device.offline_register, name="offline_register"),
    path("start/", views.landing, name="landing"),
    path("start/all/", views.everything, name="everything"),
    path("staff/", include("hubs.staff_urls")),
    path("audit/", include("accounts.audit_urls")),
    path("people/duplicates/", include("participants.merging_urls")),
    path("people/", include("participants.people_urls")),
    path("people/", include("participants.consent_urls")),
    path("imports/", include("participants.import_urls")),
    path("rights/", include("participants.rights_urls")),
    path("retention/", include("participants.retention_urls")),
    path("safeguarding/", include("participants.concern_urls")),
    path("complaints/", include("participants.complaint_urls")),
    path("breaches/", include("participants.breach_urls")),
    path("instruments/", include("evaluation.instrument_urls")),
    path("surveys/", include("evaluation.survey_urls")),
    path("survey/", include("evaluation.answer_urls")),
    path("outcomes/", include("evaluation.outcome_urls")),
    path("quotes/", include("evaluation.quote_urls")),
    path("research/", include("evaluation.research_urls")),
    path("feedback/", include("activities.feedback_urls")),
    path("grants/", include("evaluation.grant_urls")),
    path("releases/", include("evaluation.release_urls")),
    path("dashboard/", include("evaluation.dashboard_urls")),
    path("reports/shapes/", include("evaluation.template_urls")),
    path("people/", include("participants.own_record_urls")),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("accounts.session_urls")),
    # Staff pages come first: /sessions/<id>/register/ is one, /sessions/<id>/ is public.
    path("", include("evaluation.urls")),
    path("", include("participants.urls")),
    path("planning/", include("activities.planning_urls")),
]

# Public pages stand at the root in English; other languages get a prefix.
urlpatterns += i18n_patterns(
    path("", views.front_page, name="front_page"),
    path("saved/", device.saved, name="saved"),
    path("offline/", device.offline, name="offline"),
    path("", include("activities.urls")),
    path("", include("evaluation.public_urls")),
    path("", include("participants.complain_urls")),
    # Not public, but in the languages of whoever was given the secret.
    path("", include("participants.link_urls")),
    prefix_default_language=False,
)
