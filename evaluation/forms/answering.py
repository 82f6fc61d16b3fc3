"""What is sent while answering: how to begin, and one answer or many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings

from evaluation.models import Assistance
from evaluation.queries.answering import Sheet
from evaluation.queries.instruments import Question

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)
# Pictures of faces, from the saddest to the happiest.
FACES = 5
MOST_DIGITS = 3


class BeginForm(forms.Form):
    """In which edition, with whose help, and how many questions to a page."""

    language = forms.ChoiceField(choices=[(code, code) for code in LANGUAGES])
    assistance = forms.ChoiceField(
        choices=[(each, each) for each in (Assistance.ALONE, Assistance.HELPED)]
    )
    on_one_page = forms.BooleanField(required=False)


class AnswerForm(forms.Form):
    """One answer, and where to go from there: save stays on the page."""

    item = forms.SlugField(max_length=60)
    value = forms.IntegerField(required=False)
    go = forms.ChoiceField(choices=[(each, each) for each in ("next", "skip", "back", "save")])


@dataclass(frozen=True)
class Choice:
    """A possible answer as it is drawn; `face` is its picture's number where it has one."""

    value: int
    label: str
    face: int
    is_chosen: bool


@dataclass(frozen=True)
class Asked:
    """One question as it is drawn, with its number from 1."""

    number: int
    question: Question
    choices: tuple[Choice, ...]
    is_passed_over: bool


def asked(sheet: Sheet, number: int) -> Asked | None:
    """The question of a number with its answer so far; None where there is none."""
    question = sheet.question(number)
    if question is None:
        return None
    chosen = sheet.answers.get(question.id)
    number_of_options = len(question.options)
    choices = (
        Choice(value, label, _face(place, number_of_options), value == chosen)
        for place, (value, label) in enumerate(question.options)
    )
    return Asked(number, question, tuple(choices), question.id in sheet.skipped)


def all_asked(sheet: Sheet) -> list[Asked]:
    """Every question with its answer so far."""
    numbers = range(1, len(sheet.questions) + 1)
    return [each for number in numbers if (each := asked(sheet, number)) is not None]


def values_sent(sheet: Sheet, data: Any) -> Iterator[tuple[str, int]]:
    """Answers of a form with all questions: item and value of each that has one."""
    for question in sheet.questions:
        sent = data.get(f"answer-{question.id}", "")
        if sent.isdecimal() and len(sent) <= MOST_DIGITS:
            yield question.id, int(sent)


def _face(place: int, number_of_options: int) -> int:
    """The face of an option from 1, spread over all of them where there are fewer options."""
    return 1 + round(place * (FACES - 1) / max(1, number_of_options - 1))
