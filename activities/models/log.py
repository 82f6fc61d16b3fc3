"""What became of a session: the log that its coordinator writes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import User
from activities.models.sessions import Session
from hubs.models import Organisation


class Skill(models.TextChoices):
    """The programme's six headings of life skills."""

    RESILIENCE = "resilience", "Resilience, perseverance and persistence"
    SELF_CONTROL = "self_control", "Hard work, self-control, discipline, good time keeping"
    CONFIDENCE = "confidence", "Self-confidence, leadership and team working"
    INTEGRITY = "integrity", "Honesty, integrity and engaged citizenship"
    EMPATHY = "empathy", "Attitude, respect and empathy"
    CURIOSITY = "curiosity", "Curiosity and problem solving"


class SessionLog(models.Model):
    """What its coordinator says of a session afterwards.

    Whether it was delivered, and for how many minutes, stands on the session, which figures read.
    `why` says why it was cut short or did not take place; neither it nor `note` names a child.
    """

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, primary_key=True, related_name="log"
    )
    why = models.CharField("why", max_length=200, blank=True)
    skills = ArrayField(
        models.CharField(max_length=20, choices=Skill), default=list, blank=True, db_default=[]
    )
    note = models.TextField(max_length=2000, blank=True)
    staff = models.ManyToManyField(User, blank=True, related_name="+")
    partners = models.ManyToManyField(Organisation, blank=True, related_name="+")
    logged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    logged_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(skills__contained_by=Skill.values), name="session_log_skills"
            )
        ]

    def __str__(self) -> str:
        return f"Log of {self.session_id}"
