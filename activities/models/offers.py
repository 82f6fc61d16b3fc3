"""What is offered: programmes and activities, with the facts of a first visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import EVERY_HUB, holds_any
from accounts.models import User
from hubs.models import Hub, Organisation
from hubs.wording import Wording

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Programme(models.Model):
    """A programme of activities with the ages it is for, in whole years."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=120, unique=True)
    lead = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="programmes")
    summary = models.TextField(blank=True)
    min_age = models.PositiveSmallIntegerField(default=5)
    max_age = models.PositiveSmallIntegerField(default=18)
    # Young people with special needs and care leavers may stay until this age.
    max_age_extended = models.PositiveSmallIntegerField(default=25)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(min_age__lte=F("max_age")) & Q(max_age__lte=F("max_age_extended")),
                name="programme_ages_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    """The programme's three families of activity."""

    SPORT = "sport", _("Sport")
    ARTS = "arts", _("Arts")
    CULTURE = "culture", _("Culture")


class AccessNeed(models.TextChoices):
    """What a place or a session offers to people who need it."""

    STEP_FREE = "step_free", _("Step-free way in")
    TOILET = "toilet", _("Accessible toilet")
    CHANGING_PLACE = "changing_place", _("Changing Places toilet")
    QUIET_SPACE = "quiet_space", _("Quiet space")
    HEARING_LOOP = "hearing_loop", _("Hearing loop")
    BSL = "bsl", _("British Sign Language")
    PICTURE_SIGNS = "picture_signs", _("Signs with pictures")
    ONE_TO_ONE = "one_to_one", _("One-to-one support")
    PARKING = "parking", _("Blue Badge parking")
    ASSISTANCE_DOGS = "assistance_dogs", _("Assistance dogs welcome")


class BringItem(models.TextChoices):
    """What a young person brings along; said in every language and drawn in Easy Read."""

    NOTHING = "nothing", _("Nothing, just you")
    WATER = "water", _("A bottle of water")
    TRAINERS = "trainers", _("Trainers")
    SPORTS_CLOTHES = "sports_clothes", _("Clothes you can move in")
    OLD_CLOTHES = "old_clothes", _("Old clothes that may get messy")
    OUTDOOR_CLOTHES = "outdoor_clothes", _("A coat for outdoors")
    BIKE = "bike", _("Your bike, if you have one")
    INSTRUMENT = "instrument", _("Your instrument, if you have one")
    SNACK = "snack", _("A snack")


class MetBy(models.TextChoices):
    """Who meets a newcomer: a role, never a name."""

    COACH = "coach", _("A coach")
    ARTIST = "artist", _("An artist")
    YOUTH_WORKER = "youth_worker", _("A youth worker")
    MUSIC_LEADER = "music_leader", _("A music leader")
    MUSEUM_WORKER = "museum_worker", _("A museum worker")
    HUB_COORDINATOR = "hub_coordinator", _("The hub's coordinator")
    SCHOOL_STAFF = "school_staff", _("Somebody from the school")
    VOLUNTEER = "volunteer", _("A young volunteer")


class SpokenLanguage(models.TextChoices):
    """Languages that somebody at the session speaks, each by its own name."""

    ENGLISH = "en", "English"
    POLISH = "pl", "Polski"
    PANJABI = "pa", "ਪੰਜਾਬੀ"
    URDU = "ur", "اردو"
    SLOVAK = "sk", "Slovenčina"
    ROMANIAN = "ro", "Română"
    CZECH = "cs", "Čeština"
    LATVIAN = "lv", "Latviešu"
    ROMANI = "rom", "Romani"
    BSL = "bfi", _("British Sign Language")


class Searchable(Func):
    """Lower case without accents, as a stored column may hold it."""

    function = "portal_searchable"
    arity = 1


class ActivityQuerySet(models.QuerySet["Activity"]):
    def public(self) -> Self:
        """Activities that everyone may see: of open hubs or citywide."""
        return self.filter(Q(hub__isnull=True) | Q(hub__is_open=True))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Activities at the hubs a member of staff works with; all for every-hub roles."""
        if holds_any(user, EVERY_HUB):
            return self
        return self.filter(hub__in=Hub.objects.visible_to(user))


class Activity(models.Model):
    """Something that is offered by a partner, at a hub or citywide, within a programme.

    Words stand here in plain English; other languages and Easy Read in `ActivityText`.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="activities")
    hub = models.ForeignKey(
        Hub,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        help_text="Empty for citywide activities.",
    )
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="activities")
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    strand = models.CharField("finer kind", max_length=60, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    venue = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=8, blank=True)
    # Degrees, WGS84; those of the postcode, or of the hub where there is none.
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    min_age = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(0), MaxValueValidator(99)]
    )
    max_age = models.PositiveSmallIntegerField(
        default=18, validators=[MinValueValidator(0), MaxValueValidator(99)]
    )
    is_free = models.BooleanField(default=True)
    cost = models.CharField("what it costs", max_length=120, blank=True)
    send_friendly = models.BooleanField("SEND friendly", default=False)
    welcomes_alone = models.BooleanField("come on your own welcome", default=False)
    first_ten_minutes = models.CharField(max_length=300, blank=True)
    met_by = models.CharField(
        "who meets you", max_length=20, choices=MetBy, blank=True, help_text="A role, never a name."
    )
    met_where = models.CharField("where they meet you", max_length=120, blank=True)
    bring = ArrayField(
        models.CharField(max_length=20, choices=BringItem),
        verbose_name="what to bring",
        default=list,
        blank=True,
    )
    bring_more = models.CharField("anything else to bring", max_length=200, blank=True)
    bus_stop = models.CharField("nearest bus stop", max_length=120, blank=True)
    walk_minutes = models.PositiveSmallIntegerField(
        "minutes on foot from there", null=True, blank=True, validators=[MaxValueValidator(90)]
    )
    getting_there = models.CharField(max_length=200, blank=True)
    quiet_option = models.CharField("a quiet option", max_length=200, blank=True)
    access_needs = ArrayField(
        models.CharField(max_length=20, choices=AccessNeed), default=list, blank=True
    )
    access = models.CharField("more about access and toilets", max_length=200, blank=True)
    languages = ArrayField(
        models.CharField(max_length=5, choices=SpokenLanguage),
        verbose_name="languages spoken",
        default=list,
        blank=True,
    )
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    # What visitors search in. Names of hubs, wards and partners are looked up where they stand.
    search_text = models.GeneratedField(
        expression=Searchable(
            Concat("title", Value(" "), "strand", Value(" "), "summary", Value(" "), "venue")
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        ordering: ClassVar = ["title"]
        indexes: ClassVar = [
            GinIndex(OpClass("search_text", "gin_trgm_ops"), name="activity_search_text")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(min_age__lte=F("max_age")), name="activity_ages_in_order"
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="activity_kind_known"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="activity_place_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ActivityText(Wording):
    """An activity's words in another language or in Easy Read. What is empty stays English."""

    WORDS = (
        "title",
        "summary",
        "cost",
        "first_ten_minutes",
        "met_where",
        "bring_more",
        "getting_there",
        "quiet_option",
        "access",
    )
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="texts")
    title = models.CharField(max_length=160, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    cost = models.CharField(max_length=120, blank=True)
    first_ten_minutes = models.CharField(max_length=300, blank=True)
    met_where = models.CharField(max_length=120, blank=True)
    bring_more = models.CharField(max_length=200, blank=True)
    getting_there = models.CharField(max_length=200, blank=True)
    quiet_option = models.CharField(max_length=200, blank=True)
    access = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["activity", "language", "variant"], name="activity_text_per_edition"
            )
        ]

    def __str__(self) -> str:
        return f"{self.activity} ({self.language}, {self.variant})"
