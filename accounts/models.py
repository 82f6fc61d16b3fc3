"""Who signs in, what they may be, and what was done: users, roles and the audit trail."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone


class Role(models.TextChoices):
    """The roles of the programme. What each may see stands in `docs/access.md`."""

    COORDINATOR = "coordinator", "Hub coordinator"
    HUB_LEAD = "hub_lead", "Hub lead"
    TRUST_STAFF = "trust_staff", "Trust staff"
    EVALUATOR = "evaluator", "Evaluator"
    SAFEGUARDING_LEAD = "safeguarding_lead", "Safeguarding lead"
    SAFEGUARDING_DEPUTY = "safeguarding_deputy", "Safeguarding deputy"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


class UserManager(BaseUserManager["User"]):
    """Makes users that sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password the account cannot sign in until one is set."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find by e-mail address whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A member of staff or a partner. Young people have no accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField("name", max_length=120)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    left_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.name or self.email


def display_name(user: User) -> str:
    """Name shown for a user in allauth's pages and messages."""
    return str(user)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def current(self) -> Self:
        """Grants that have not ended."""
        return self.filter(ended_at__isnull=True)


class RoleGrant(models.Model):
    """One role held by one user from a moment until another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=30, choices=Role)
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(ended_at__isnull=True),
                name="role_grant_one_current",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()}"


class RoleProposal(models.Model):
    """A role that one person alone may not give: it waits for a second named person.

    The safeguarding roles are proposed by the lead and agreed to by somebody else; where there is
    no lead yet, two others do it. Refused, or agreed to: then there is a grant.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_proposals")
    role = models.CharField(max_length=30, choices=Role)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    second_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_agreed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(proposed_by=models.F("second_by")), name="role_by_two_people"
            ),
            models.CheckConstraint(
                condition=~models.Q(user=models.F("second_by")), name="role_not_by_oneself"
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=models.Q(decided_at__isnull=True),
                name="role_proposal_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} proposed for {self.user}"


class Invitation(models.Model):
    """A secret address by which somebody invited sets a password and a second factor, once.

    The token itself is nowhere but in the address: here lies its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Invitation {self.pk}"


class ClearanceKind(models.TextChoices):
    """What somebody needs before they may see children's registers."""

    DBS = "dbs", "DBS check"
    TRAINING = "training", "Safeguarding training"


class Clearance(models.Model):
    """A check or training of a member of staff, good through its last day. The latest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="clearances")
    kind = models.CharField(max_length=10, choices=ClearanceKind)
    expires_on = models.DateField()
    recorded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "kind", "-expires_on"], name="clearance_latest")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} until {self.expires_on}"


class AuditKind(models.TextChoices):
    """What can be written into the audit trail."""

    ROLE_GRANTED = "role.granted", "Role granted"
    REGISTER_READ = "register.read", "Register opened"
    SESSION_CANCELLED = "session.cancelled", "Session cancelled"
    SESSION_RESTORED = "session.restored", "Session's cancellation taken back"
    ACTIVITY_CHANGED = "activity.changed", "What an activity offers changed"
    SESSION_CHANGED = "session.changed", "Session's date, time or places changed"
    SESSION_LOGGED = "session.logged", "Session log written"
    SCHEDULE_CHANGED = "schedule.changed", "Weekly schedule changed"
    CLOSURE_CHANGED = "closure.changed", "Days without sessions changed"
    HUB_CHANGED = "hub.changed", "How a hub works changed"
    REGISTERS_KEPT = "register.kept", "Registers of the day kept on a device"
    REGISTER_REOPENED = "register.reopened", "Register reopened"
    REGISTER_PRINTED = "register.printed", "Register printed"
    HISTORY_READ = "register.history", "History of marks opened"
    MARK_SETTLED = "mark.settled", "Held mark decided on"
    WALK_IN_REMOVED = "participant.walk_in_removed", "Walk-in taken off a register"
    NUMBERS_READ = "numbers.read", "Numbers of a hub opened"
    BOOKINGS_READ = "booking.read", "Bookings of a session opened"
    BOOKING_MADE = "booking.made", "Place booked"
    BOOKING_CANCELLED = "booking.cancelled", "Booking cancelled"
    BOOKING_LINK_MADE = "booking.link_made", "Link for booking made"
    BOOKING_LINK_CLOSED = "booking.link_closed", "Link for booking closed"
    PARTICIPANT_CREATED = "participant.created", "Walk-in added"
    REPORT_REQUESTED = "report.requested", "Report requested"
    REPORT_READ = "report.read", "Report opened"
    REPORT_EXPORTED = "report.exported", "Report file downloaded"
    REPORT_CANCELLED = "report.cancelled", "Report stopped"
    REPORT_RETRIED = "report.retried", "Report tried again"
    REPORT_ROWS_READ = "report.rows_read", "Rows behind a figure opened"
    REPORT_ROWS_EXPORTED = "report.rows_exported", "Rows of attendance downloaded"
    REPORT_SCHEDULED = "report.scheduled", "Quarterly report scheduled"
    REPORT_UNSCHEDULED = "report.unscheduled", "Quarterly report ended"
    REPORT_TEMPLATE_CHANGED = "report.template_changed", "Shape of reports changed"
    RELEASE_MADE = "release.made", "Release begun"
    RELEASE_WRITTEN = "release.written", "Words of a release written"
    RELEASE_SUBMITTED = "release.submitted", "Release given to a second person"
    RELEASE_RETURNED = "release.returned", "Release given back"
    RELEASE_REFUSED = "release.refused", "Release refused by the audit"
    RELEASE_SIGNED = "release.signed", "Release signed off"
    RELEASE_EXPORTED = "release.exported", "File of a release downloaded"
    RELEASE_WITHDRAWN = "release.withdrawn", "Release taken back"
    GRANT_CHANGED = "grant.changed", "Grant changed"
    TARGET_CHANGED = "grant.target_changed", "Target of a grant changed"
    BUDGET_CHANGED = "grant.budget_changed", "Budget of a grant changed"
    SPEND_RECORDED = "grant.spend_recorded", "Spend recorded"
    SPEND_STRUCK_OUT = "grant.spend_struck_out", "Spend struck out"
    PROGRAMME_CHANGED = "programme.changed", "Programme changed"
    FIGURE_PUBLISHED = "figure.published", "Figure published"
    FIGURE_WITHDRAWN = "figure.withdrawn", "Figure taken back"
    STORY_SHOWN = "story.shown", "Story put up"
    STORY_WITHDRAWN = "story.withdrawn", "Story taken down"
    PAGE_CHANGED = "page.changed", "Page rewritten"
    PAGE_REMOVED = "page.removed", "Page's words taken away"
    RECORDING_APPROVED = "recording.approved", "Recording approved"
    RECORDING_WITHDRAWN = "recording.withdrawn", "Recording taken from the public"
    RECORDING_REMOVED = "recording.removed", "Recording deleted"
    LANGUAGE_APPROVED = "language.approved", "Language approved"
    LANGUAGE_WITHDRAWN = "language.withdrawn", "Approval of a language taken back"
    # --- Signing in
    SIGNED_IN = "sign_in.done", "Signed in"
    SIGN_IN_FAILED = "sign_in.failed", "Sign-in failed"
    SIGNED_OUT = "sign_in.out", "Signed out"
    SIGN_IN_ENDED = "sign_in.ended", "Session of a device ended"
    SECOND_FACTOR_ADDED = "second_factor.added", "Second factor added"
    SECOND_FACTOR_REMOVED = "second_factor.removed", "Second factor removed"
    RECOVERY_CODE_USED = "second_factor.recovery", "Recovery code used"
    PASSWORD_CHANGED = "password.changed", "Password changed"
    # --- Staff
    STAFF_INVITED = "staff.invited", "Member of staff invited"
    STAFF_JOINED = "staff.joined", "Invitation accepted"
    STAFF_LEFT = "staff.left", "Account of a leaver ended"
    STAFF_READ = "staff.read", "Record of a member of staff opened"
    ROLE_ENDED = "role.ended", "Role ended"
    ROLE_PROPOSED = "role.proposed", "Safeguarding role proposed"
    ROLE_REFUSED = "role.refused", "Safeguarding role refused"
    CLEARANCE_RECORDED = "clearance.recorded", "DBS check or training recorded"
    MEMBERSHIP_CHANGED = "membership.changed", "Hubs of a member of staff changed"
    # --- Young people's records
    PEOPLE_SEARCHED = "people.searched", "People searched or listed"
    PEOPLE_EXPORTED = "people.exported", "People exported"
    RECORD_CREATED = "record.created", "Record made"
    RECORD_CHANGED = "record.changed", "Record changed"
    IDENTITY_READ = "identity.read", "Identity read"
    CONTACTS_READ = "contacts.read", "Contacts read"
    CARE_READ = "care.read", "Care notes read"
    CARE_WRITTEN = "care.written", "Care note written"
    CARE_ENDED = "care.ended", "Care note ended"
    EQUALITY_READ = "equality.read", "Equality monitoring read"
    CONSENTS_READ = "consents.read", "Consents read"
    CONSENT_RECORDED = "consent.recorded", "Consent recorded"
    CONSENT_WITHDRAWN = "consent.withdrawn", "Consent withdrawn"
    ATTENDANCE_READ = "attendance.read", "Attendance of a person read"
    OUTCOMES_READ = "outcomes.read", "Outcomes of a person read"
    CHANGES_READ = "changes.read", "History of a record read"
    PARENT_LINK_MADE = "parent_link.made", "Link for a parent made"
    PARENT_LINK_USED = "parent_link.used", "Link for a parent used"
    PARENT_LINK_CLOSED = "parent_link.closed", "Link for a parent closed"
    PHOTOGRAPH_ADDED = "photograph.added", "Photograph added"
    PHOTOGRAPH_READ = "photograph.read", "Photograph opened"
    PHOTOGRAPH_TAKEN_DOWN = "photograph.down", "Photograph taken down"
    # --- Safeguarding
    CONCERN_WRITTEN = "concern.written", "Concern written"
    CONCERN_LISTED = "concern.listed", "Concerns listed"
    CONCERN_READ = "concern.read", "Concern read"
    CONCERN_ACTED = "concern.acted", "Action added to a concern"
    CONCERN_CLOSED = "concern.closed", "Concern closed"
    CONCERN_REOPENED = "concern.reopened", "Concern opened again"
    CONCERN_KEYS_ROTATED = "concern.rotated", "Keys of concerns rotated"
    # --- Imports and duplicates
    IMPORT_UPLOADED = "import.uploaded", "Spreadsheet uploaded"
    IMPORT_READ = "import.read", "Import looked at"
    IMPORT_APPLIED = "import.applied", "Import brought in"
    IMPORT_UNDONE = "import.undone", "Import taken back"
    PAIR_READ = "pair.read", "Two records compared"
    RECORDS_MERGED = "record.merged", "Two records merged"
    MERGE_UNDONE = "record.unmerged", "Merge undone"
    PAIR_DISMISSED = "pair.dismissed", "Two records said to be two people"
    # --- Rights and retention
    RIGHT_ASKED = "right.asked", "Use of a right recorded"
    RIGHT_READ = "right.read", "Use of a right looked at"
    RIGHT_ANSWERED = "right.answered", "Use of a right answered"
    RESTRICTED = "right.restricted", "Record restricted"
    RESTRICTION_ENDED = "right.unrestricted", "Restriction ended"
    OBJECTED = "right.objected", "Left out of evaluation"
    OBJECTION_ENDED = "right.unobjected", "Back in evaluation"
    BUNDLE_MADE = "bundle.made", "Subject-access bundle made"
    BUNDLE_READ = "bundle.read", "Subject-access bundle reviewed"
    BUNDLE_RELEASED = "bundle.released", "Subject-access bundle released"
    BUNDLE_EXPORTED = "bundle.exported", "Subject-access bundle downloaded"
    DISCLOSED = "disclosure.confirmed", "Document about a child confirmed for sending"
    ERASED = "removal.erased", "Person erased"
    ANONYMISED = "removal.anonymised", "Person anonymised"
    HOLD_PLACED = "hold.placed", "Legal hold placed"
    HOLD_ENDED = "hold.ended", "Legal hold ended"
    RETENTION_PLANNED = "retention.planned", "Retention run planned"
    RETENTION_APPROVED = "retention.approved", "Retention run approved"
    RETENTION_DROPPED = "retention.dropped", "Retention run dropped"
    RETENTION_DONE = "retention.done", "Retention run carried out"
    COMPLAINT_MADE = "complaint.made", "Complaint made"
    COMPLAINT_READ = "complaint.read", "Complaint read"
    COMPLAINT_ANSWERED = "complaint.answered", "Complaint acknowledged or answered"
    BREACH_RECORDED = "breach.recorded", "Breach recorded"
    BREACH_READ = "breach.read", "Breach looked at"
    BREACH_CHANGED = "breach.changed", "Breach changed"
    # --- Outcomes
    INSTRUMENT_LOADED = "instrument.loaded", "Instrument loaded"
    TERMS_ACCEPTED = "instrument.terms", "Terms of an instrument's owner accepted"
    WORDING_IMPORTED = "instrument.wording", "Wording of an instrument brought in"
    INSTRUMENT_PUBLISHED = "instrument.published", "Instrument put into use"
    INSTRUMENT_WITHDRAWN = "instrument.withdrawn", "Instrument taken out of use"
    MEASURE_CHANGED = "instrument.measure", "What a programme measures changed"
    WORRY_RULE_CHANGED = "instrument.worry", "Which answers are worrying changed"
    SURVEYS_LISTED = "survey.listed", "List of who is to be asked opened"
    SURVEY_HANDED_OVER = "survey.handed_over", "Tablet handed over for answering"
    SURVEY_TAKEN_BACK = "survey.taken_back", "Tablet taken back"
    SURVEY_LINK_MADE = "survey.link_made", "Link for answering made"
    SURVEY_LINK_CLOSED = "survey.link_closed", "Link for answering closed"
    SURVEY_FINISHED = "survey.finished", "Answers finished"
    SURVEY_KEYED = "survey.keyed", "Answers on paper keyed in"
    SURVEY_KEYED_AGAIN = "survey.keyed_again", "Answers on paper keyed in once more"
    SURVEY_SETTLED = "survey.settled", "Differences between two keyings settled"
    SURVEY_OBSERVED = "survey.observed", "What staff observed written down"
    SURVEY_SET_ASIDE = "survey.set_aside", "Answers set aside"
    EXTERNAL_SCORE = "survey.external", "Score from another tool written down"
    FEEDBACK_READ = "feedback.read", "Feedback and suggestions opened"
    SUGGESTION_DECIDED = "feedback.decided", "Suggestion kept or put away"
    SAID_DID_SHOWN = "feedback.shown", "You said, we did put up"
    SAID_DID_WITHDRAWN = "feedback.withdrawn", "You said, we did taken down"
    QUOTES_READ = "quote.listed", "Quotes and case studies opened"
    QUOTE_RECORDED = "quote.recorded", "Quote or case study written down"
    QUOTE_CHECKED = "quote.checked", "Quote or case study checked"
    QUOTE_TAKEN_OUT = "quote.taken_out", "Quote or case study taken out"
    STUDY_STARTED = "study.started", "Study started"
    STUDY_KEYS_DROPPED = "study.keys_dropped", "Key of a study destroyed"
    EXTRACT_REQUESTED = "extract.requested", "Research extract requested"
    EXTRACT_RELEASED = "extract.released", "Research extract released"
    EXTRACT_EXPORTED = "extract.exported", "Research extract downloaded"
    OWN_RECORD_MADE = "own_record.made", "Link to somebody's own record made"
    OWN_RECORD_OPENED = "own_record.opened", "Own record opened by its link"
    OWN_RECORD_CLOSED = "own_record.closed", "Link to somebody's own record closed"
    CORRECTION_ASKED = "own_record.correction", "Correction asked for by somebody's own record"
    # --- The trail itself
    AUDIT_READ = "audit.read", "Audit trail read"
    AUDIT_VERIFIED = "audit.verified", "Chain of the audit trail verified"
    ALERT_RAISED = "alert.raised", "Alert raised"
    ALERT_SEEN = "alert.seen", "Alert looked at"


class AuditEntry(models.Model):
    """One thing that was done or read: kinds, types and ids, never names.

    The role that web and workers use may insert and read here, and nothing else.
    The actor is kept as an id without a foreign key: the trail outlives the account.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=40, choices=AuditKind)
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["object_id", "at"], name="audit_object"),
            models.Index(fields=["actor_id", "at"], name="audit_actor"),
            models.Index(fields=["kind", "at"], name="audit_kind"),
            models.Index(fields=["at", "id"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_type} {self.object_id}"


class AuditSeal(models.Model):
    """One link of the chain over the audit trail: each digest holds the one before it.

    `position` counts from 1. The digest of the last link, the head, is published outside the
    database, so a chain that was cut or rewritten shows.
    """

    entry = models.OneToOneField(
        AuditEntry, on_delete=models.PROTECT, primary_key=True, related_name="seal"
    )
    position = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"Link {self.position}"


class AlertKind(models.TextChoices):
    """Why somebody should look."""

    MANY_RECORDS = "many_records", "Many records opened within an hour"
    MANY_LISTS = "many_lists", "Many lists and searches within an hour"
    EXPORT = "export", "Bulk export"


class AccessAlert(models.Model):
    """Somebody opened many records, or took a bulk export: a person is to look at it.

    `number` is how many records they had opened, lists looked at, or exports taken, within the hour
    before. Kept for ever; looking at it says who did and when, and what came of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=15, choices=AlertKind)
    actor_id = models.UUIDField()
    number = models.PositiveIntegerField(default=0)
    raised_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    words = models.CharField("what came of it", max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["actor_id", "-raised_at"], name="alert_actor"),
            models.Index(
                fields=["raised_at"], condition=models.Q(mailed_at=None), name="alert_to_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.actor_id}"
