"""Who gets where: one line an address, one letter a person. `test_access_table.py` walks it.

The people, in this order: a visitor; a coordinator of another hub; a coordinator of the hub that
the object belongs to; the lead of that hub; trust staff; the evaluator; the safeguarding lead; an
administrator; the auditor.

o: the address opens (or takes what is sent)    s: asks to sign in
f: forbidden                                    n: not found, whether there is something or not
"""

from __future__ import annotations

PEOPLE = (
    *("visitor", "other_hub", "own_hub", "hub_lead", "trust"),
    *("evaluator", "safeguarding", "administrator", "auditor"),
)

PUBLIC = "ooooooooo"
SIGNED_IN = "soooooooo"
TRUST = "sfffoffff"
AUDITOR = "sfffffffo"
SAFEGUARDING = "sfffffoff"
ADMINISTRATOR = "sffffffof"
# Pages of hubs that are about no single object, and about one of a hub.
HUBS, OF_HUB = "sooooffff", "snoooffff"
HUB_LEADS = "sffooffff"
# The list of people, and sections of a record, as the programme's matrix has them.
RECORDS = "soooofoff"
RECORD_READ, RECORD_WRITE = "snooofoff", "snoooffff"
CONTACTS_WRITE = CARE_WRITE = "snoofffff"
# Who looks after staff: a hub lead for their hub, the safeguarding lead for safeguarding roles.
STAFF_LIST, INVITERS, SAFEGUARDING_ROLES = "sffoffooo", "sffofffof", "sfffofoof"
SIGN_INS = "sffffffoo"
# Studies and their extracts; the evaluator asks for nothing.
RESEARCH = "sfffoofff"
# A secret that is none opens nothing to anybody, and a draft is not there for the public.
SECRET_OR_NOT_THERE = "nnnnnnnnn"
# Nothing of this kind is there, and only these are told so.
TRUST_NOT_THERE, HUBS_NOT_THERE, NONE_OF_THEIRS = "sfffnffff", "snnnnffff", "snnnnnnnn"
RESEARCH_NOT_THERE = "sfffnnfff"
# Forms that take what our own pages send, and pages for who has a password, as nobody here has.
OWN_PAGES_ONLY, NO_PASSWORD = "fffffffff", "sffffffff"

TABLE: dict[str, str] = {}


def _each(namespace: str, pattern: str, names: str) -> None:
    prefix = f"{namespace}:" if namespace else ""
    TABLE.update(dict.fromkeys((f"{prefix}{name}" for name in names.split()), pattern))


_each(
    "",
    PUBLIC,
    "healthz robots sitemap service_worker offline_register account_login account_logout "
    "account_inactive account_signup account_email_verification_sent "
    "account_reset_password account_confirm_email account_reset_password_from_key_done "
    "account_reset_password_from_key account_reset_password_done front_page saved offline",
)
_each(
    "",
    SIGNED_IN,
    "landing everything account_email account_change_password account_set_password "
    "account_confirm_login_code mfa_index mfa_authenticate mfa_activate_totp "
    "mfa_generate_recovery_codes mfa_list_webauthn mfa_add_webauthn sign_ins end_sign_in "
    "confirmed end_other_sign_ins",
)
_each("", NO_PASSWORD, "account_reauthenticate mfa_reauthenticate mfa_reauthenticate_webauthn")
_each(
    "",
    NONE_OF_THEIRS,
    "mfa_deactivate_totp mfa_view_recovery_codes mfa_download_recovery_codes "
    "mfa_remove_webauthn mfa_edit_webauthn",
)
_each("staff", STAFF_LIST, "staff member propose")
_each(
    "staff",
    INVITERS,
    "invite invite_again close_invitation role_give role_end hub_give hub_end clearance_record",
)
_each("staff", SAFEGUARDING_ROLES, "proposals decide")
_each("staff", SECRET_OR_NOT_THERE, "welcome")
_each("staff", ADMINISTRATOR, "factors_reset account_end")
_each("audit", AUDITOR, "trail people person staff member alerts alert seals")
_each("audit", SIGNED_IN, "mine")
_each("audit", SAFEGUARDING, "concerns")
_each("audit", SIGN_INS, "sign_ins")
_each("merging", TRUST, "pairs look_again merges undo pair two_people")
_each("people", RECORDS, "people search")
_each("people", TRUST, "export history")
# Totals: of their own hubs for who works at hubs, of all for trust staff and evaluators.
_each("outcomes", "sooooofff", "list measure")
_each("outcomes", TRUST, "person")
_each("research", RESEARCH, "studies study extract progress download")
_each("research", TRUST, "new ask drop_keys retry release")
_each("people", HUBS, "new")
_each("people", RECORD_READ, "person attendance contacts care")
_each("people", RECORD_WRITE, "identity_edit hubs equality")
_each(
    "people",
    CONTACTS_WRITE,
    "contact_add home_edit collection_edit contact_edit contact_move contact_remove",
)
_each("people", CARE_WRITE, "care_add care_end")
_each("consents", RECORD_READ, "consents")
_each("consents", RECORD_WRITE, "record new_link end_link session_photographs photograph take_down")
_each("own_record", RECORD_WRITE, "links new_link end_link")
_each("consents", HUBS, "to_take_down")
_each("consents", HUBS_NOT_THERE, "photograph_file")
_each("imports", TRUST, "list detail match sheet progress words apply undo drop")
_each("imports", TRUST_NOT_THERE, "faults_csv faults_xlsx")
_each(
    "rights",
    TRUST,
    "requests find person new restrict unrestrict object end_objection certificate bundle "
    "bundle_send bundle_download request extend answer make_bundle",
)
_each("rights", TRUST_NOT_THERE, "erase")
_each("retention", TRUST, "runs policy holds find person end run approve drop")
_each("retention", TRUST_NOT_THERE, "certificate")
_each("concerns", SAFEGUARDING, "list read act")
_each("concerns", SIGNED_IN, "write send sent")
_each("complaints", TRUST, "list read acknowledge answer")
_each("breaches", TRUST, "list record detail change people notices")
_each("evaluation", HUBS, "today")
# The list narrows what each sees; the report of the table is an internal one of a grant.
_each("evaluation", "sooooofff", "report_list")
_each("evaluation", "snnnonfff", "report_detail report_progress")
_each("evaluation", "snnnonfff", "report_cancel report_retry")
_each("evaluation", "snnnnnfff", "report_file")
_each(
    "releases",
    TRUST,
    "list register detail words write preview submit check give_back give_up withdraw",
)
_each("releases", TRUST_NOT_THERE, "begin read file hidden figures publish")
_each("quotes", HUBS, "quotes new")
_each("quotes", OF_HUB, "of_session of_person quote change take_out")
_each("quotes", TRUST, "check report")
_each(
    "evaluation",
    TRUST,
    "report_schedules editor figure_list story_list story_new "
    "story_edit story_preview story_show story_take_down story_put_back picture_add "
    "story_words page_editions page_edit recording_editor translation_list "
    "translation_check translation_withdraw",
)
_each(
    "evaluation",
    TRUST_NOT_THERE,
    "report_schedule_end figure_withdraw picture_edit story_picture "
    "page_remove recording_edit recording_unapproved recording_withdraw recording_remove",
)
_each(
    "participants",
    OF_HUB,
    "session_register close_register reopen_register print_register key_back mark_history "
    "change_details take_off settle_mark add_walk_in session_bookings set_places "
    "book_new_person make_link cancel_booking close_link record_head_count",
)
_each("participants", HUBS, "find_sheet numbers register_pass registers_today")
_each("participants", HUBS_NOT_THERE, "recognise book move_booking")
_each("participants", SIGNED_IN, "record_marks")
_each(
    "planning",
    HUBS,
    "planning session_table session_bulk activity_new term_list term_copy closure_new",
)
_each(
    "planning",
    OF_HUB,
    "confirm_hub activity_edit confirm_activity activity_words schedule_list schedule_new "
    "session_new schedule_edit schedule_make session_edit closure_edit closure_remove "
    "closure_sessions session_log session_cancel session_restore",
)
_each("planning", HUB_LEADS, "hub_settings")
_each("planning", TRUST, "term_new term_edit")
_each(
    "activities",
    PUBLIC,
    "whats_on whats_on_calendar session_detail session_calendar hub_map hub_list "
    "hub_detail hub_calendar feedback feedback_thanks said_and_done",
)
_each("activities", OWN_PAGES_ONLY, "near might_come feedback_wish")
_each("feedback", HUBS, "overview suggestions said_did_list said_did_new")
_each(
    "feedback",
    OF_HUB,
    "session session_code suggestion_decide said_did_edit said_did_show said_did_withdraw "
    "said_did_words",
)
_each("instruments", TRUST, "list detail terms import words publish withdraw")
_each("community", PUBLIC, "community_list story_so_far page recording_list")
_each(
    "community",
    SECRET_OR_NOT_THERE,
    "community_ward story_detail story_picture story_picture_small recording_file",
)
_each("complain", PUBLIC, "complain")
_each("complain", OWN_PAGES_ONLY, "send")
_each(
    "parents",
    SECRET_OR_NOT_THERE,
    "book own_booking cancel consent complete answers own_record own_record_pdf",
)
_each("answers", SECRET_OR_NOT_THERE, "here question everything finish stop done link")
_each("surveys", HUBS, "take_back second_list")
_each(
    "surveys",
    OF_HUB,
    "session_asking ask hand_over end_tablet person link close_link second settle",
)
_each("surveys", CARE_WRITE, "key score")
_each("surveys", TRUST, "set_aside bring_back")
_each("surveys", HUBS, "coverage")
_each("surveys", TRUST, "measures measure_new measure measure_end measure_resume")
_each("surveys", SAFEGUARDING, "worry_list worry worry_end")
_each(
    "grants",
    TRUST,
    "list new funder_new programmes programme_new programme grant edit budget target_new target "
    "target_remove spend spend_new spend_csv strike_out",
)
_each("evaluation", RESEARCH_NOT_THERE, "attendance_file")
_each("dashboard", "sooooofff", "dashboard table_file")
_each("dashboard", HUBS, "gaps gaps_file")
_each("dashboard", "snnnnnfff", "rows report_rows")
_each("report_templates", TRUST, "list edit copy retire bring_back")
