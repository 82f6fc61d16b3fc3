"""Every field that holds personal data has a rule for how long it stays, and none is forgotten."""

from __future__ import annotations

from typing import ClassVar

import pytest
from django.apps.registry import Apps
from django.core import checks
from django.db import connection, models

from accounts.models import User
from participants.checks import every_field_has_a_rule, stored_models, without_a_rule
from participants.retention import (
    NOT_PERSONAL,
    OTHER_TABLES,
    RULED,
    RULES,
    is_impersonal,
    rule_for,
)


def test_every_field_has_a_rule_or_is_said_not_to_be_personal() -> None:
    assert [error.msg for error in every_field_has_a_rule()] == []


def test_the_check_runs_by_itself() -> None:
    assert every_field_has_a_rule in checks.registry.registry.get_checks()


@pytest.mark.django_db
def test_every_table_belongs_to_a_model_or_is_accounted_for() -> None:
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    assert tables - {model._meta.db_table for model in stored_models()} == set(OTHER_TABLES)


def test_no_field_is_both() -> None:
    assert set(RULES) & set(NOT_PERSONAL) == set()


def test_every_rule_says_why_and_has_a_key_of_its_own() -> None:
    assert all(rule.why and rule.after for rule in RULED)
    assert len({rule.key for rule in RULED}) == len(RULED)
    assert all(NOT_PERSONAL.values())


def test_a_field_without_a_rule_is_an_error() -> None:
    class Diary(models.Model):
        words = models.TextField()
        about = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "hubs"
            managed: ClassVar = True
            apps = Apps()

        def __str__(self) -> str:
            return "A diary"

    assert [(error.id, error.msg) for error in without_a_rule([Diary])] == [
        ("participants.E001", "hubs.Diary.words has no retention rule."),
        ("participants.E001", "hubs.Diary.about has no retention rule."),
    ]


def test_a_star_speaks_for_no_field_that_leads_to_somebody() -> None:
    assert is_impersonal("hubs.Hub", "anything_new", leads_to_somebody=False)
    assert not is_impersonal("hubs.Hub", "led_by", leads_to_somebody=True)
    assert rule_for("hubs.Hub", "led_by") is None


def test_what_is_kept_of_a_change_falls_under_the_rule_of_its_field() -> None:
    for tracked, field in (
        ("participants.Participant", "given_name"),
        ("participants.Participant", "ethnicity"),
        ("participants.Contact", "phone"),
        ("participants.Registration", "hub"),
    ):
        rule = rule_for(tracked, field)
        assert rule is not None
        assert rule_for(f"{tracked}Event", field) == rule


@pytest.mark.parametrize(
    ("label", "field", "key"),
    [
        ("accounts.User", "email", "account"),
        ("activities.SessionLog", "note", "reason"),
        ("activities.SessionLog_staff", "user", "staff"),
        ("participants.Photograph", "file", "photograph"),
        ("evaluation.PageText", "checked_by", "speaker"),
        ("evaluation.Story", "body", "story"),
        ("mfa.Authenticator", "data", "account"),
        ("usersessions.UserSession", "ip", "sign_in"),
        ("sessions.Session", "session_data", "sign_in"),
    ],
)
def test_rules_reach_every_app_and_other_peoples_tables(label: str, field: str, key: str) -> None:
    rule = rule_for(label, field)
    assert rule is not None
    assert rule.key == key
