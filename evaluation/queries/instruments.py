"""Reads of instruments: their definitions, and the questions that somebody is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet

from evaluation.instruments import parse
from evaluation.instruments.definition import Definition, Form, Item, Scale
from evaluation.models import Instrument, InstrumentWording, Measure, Response

# Definitions that were read already, by the SHA-256 of their content.
_read: dict[str, Definition] = {}
OWN_LANGUAGE = "en-gb"


@dataclass(frozen=True)
class Question:
    """One question. `options` are the possible answers from the lowest up, with their labels.

    `low_label` and `high_label` say what the ends mean.
    """

    id: str
    text: str
    options: tuple[tuple[int, str], ...]
    low_label: str
    high_label: str

    @property
    def low(self) -> int:
        """The lowest answer."""
        return self.options[0][0]

    @property
    def high(self) -> int:
        """The highest answer."""
        return self.options[-1][0]


@dataclass(frozen=True)
class Questionnaire:
    """What one person is asked: a form of an instrument in one edition, narrowed by age.

    `form` is the form's id and `language` the wording's: the edition asked for, or else English.
    """

    title: str
    intro: str
    form: str
    language: str
    scale: Scale
    questions: tuple[Question, ...]

    @property
    def shared_options(self) -> tuple[tuple[int, str], ...]:
        """The answers where every question has the same ones; else none."""
        found = {question.options for question in self.questions}
        return found.pop() if len(found) == 1 else ()


def definition_of(instrument: Instrument) -> Definition:
    """An instrument's definition; read once for each content."""
    if instrument.sha256 not in _read:
        _read[instrument.sha256] = parse(instrument.definition)
    return _read[instrument.sha256]


def questionnaire(measure: Measure, *, age: int | None, language: str) -> Questionnaire | None:
    """What somebody of an age in whole years is asked; None where no wording is for them.

    In the edition asked for where its words are here, else in English. Where the age is not known,
    the first of the forms is taken and questions for older ones are left out. One query.
    """
    definition = definition_of(measure.instrument)
    forms = [form for form in definition.forms if _is_for(form, measure.respondent, age)]
    wordings = {
        (wording.form, wording.language): wording
        for wording in InstrumentWording.objects.filter(instrument=measure.instrument)
    }
    for edition in dict.fromkeys((language, OWN_LANGUAGE)):
        for form in forms:
            if wording := wordings.get((form.id, edition)):
                return questionnaire_of(definition, form, wording, age)
    return None


def questionnaire_of(
    definition: Definition, form: Form, wording: InstrumentWording, age: int | None
) -> Questionnaire:
    """The questions of one form in one wording for an age in whole years."""
    words = wording.words
    return Questionnaire(
        title=words.get("title") or definition.name,
        intro=words.get("intro", ""),
        form=form.id,
        language=wording.language,
        scale=form.scale,
        questions=tuple(_questions(definition.items, words, form.scale, age)),
    )


def _is_for(form: Form, respondent: str, age: int | None) -> bool:
    fits = age is None or form.min_age <= age <= form.max_age
    return form.respondent == respondent and fits


def _questions(
    items: Iterable[Item], words: Mapping[str, Any], scale: Scale, age: int | None
) -> Iterable[Question]:
    for item in items:
        if item.min_age is None or (age is not None and age >= item.min_age):
            yield _question(item, words["items"][item.id], words["labels"][item.id], scale)


def _question(item: Item, text: str, labels: list[str], scale: Scale) -> Question:
    values = range(item.low, item.high + 1)
    shown = [str(value) for value in values] if scale == Scale.NUMBERS else labels
    return Question(
        id=item.id,
        text=text,
        options=tuple(zip(values, shown, strict=True)),
        low_label=labels[0],
        high_label=labels[-1],
    )


def is_in_use(instrument: Instrument, **wording: str) -> bool:
    """Whether somebody answered it: all of it, or its wording with a `form` and `language`."""
    return Response.objects.filter(measure__instrument=instrument, **wording).exists()


def unworded_forms(instrument: Instrument) -> list[Form]:
    """Its forms that have no words in any edition. One query."""
    worded = set(instrument.wordings.values_list("form", flat=True))
    return [form for form in definition_of(instrument).forms if form.id not in worded]


class InstrumentState(StrEnum):
    """Whether programmes may measure by an instrument."""

    IN_USE = "in use"
    UNPUBLISHED = "not published"
    WITHDRAWN = "withdrawn"


class TermsState(StrEnum):
    """How it stands with the owner's terms."""

    NONE = "none"
    WANTED = "wanted"
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class InstrumentRow:
    """One instrument in the list of all: how far it is, and how many forms were answered by it.

    `worded` of its forms have words.
    """

    instrument: Instrument
    definition: Definition
    worded: int
    answered: int

    @property
    def state(self) -> InstrumentState:
        """Whether programmes may measure by it."""
        return state_of(self.instrument)

    @property
    def terms(self) -> TermsState:
        """How it stands with the owner's terms."""
        return terms_of(self.instrument)


def instrument_rows(instruments: QuerySet[Instrument]) -> list[InstrumentRow]:
    """Each of these instruments, in their order. Three queries."""
    found = list(instruments)
    worded: dict[UUID, set[str]] = defaultdict(set)
    words = InstrumentWording.objects.filter(instrument__in=found)
    for instrument_id, form in words.values_list("instrument", "form"):
        worded[instrument_id].add(form)
    answers = Response.objects.standing().filter(measure__instrument__in=found)
    counted = answers.order_by().values_list("measure__instrument").annotate(Count("pk"))
    answered = dict(counted)
    return [
        InstrumentRow(
            instrument=one,
            definition=definition_of(one),
            worded=len(worded[one.pk]),
            answered=answered.get(one.pk, 0),
        )
        for one in found
    ]


def state_of(instrument: Instrument) -> InstrumentState:
    """Whether programmes may measure by an instrument."""
    if instrument.withdrawn_at:
        return InstrumentState.WITHDRAWN
    return InstrumentState.IN_USE if instrument.published_at else InstrumentState.UNPUBLISHED


def terms_of(instrument: Instrument) -> TermsState:
    """How it stands with the owner's terms."""
    if not definition_of(instrument).needs_terms:
        return TermsState.NONE
    return TermsState.ACCEPTED if instrument.terms_accepted_at else TermsState.WANTED


def worded_forms(instrument: Instrument) -> list[tuple[InstrumentWording, str]]:
    """Its wordings, each with a name: its form and, where it is another edition, which."""
    labels = {form.id: form.label or form.id for form in definition_of(instrument).forms}
    wordings = instrument.wordings.order_by("form", "language")
    return [(wording, _name_of(wording, labels[wording.form])) for wording in wordings]


def _name_of(wording: InstrumentWording, label: str) -> str:
    """Easy Read forms of our own are called so already."""
    if wording.language == OWN_LANGUAGE or label.startswith("Easy Read"):
        return label
    return f"{label} ({dict(settings.LANGUAGES).get(wording.language, wording.language)})"


def preview(instrument: Instrument, wording: InstrumentWording) -> Questionnaire:
    """Everything that the oldest whom a wording is for are asked."""
    definition = definition_of(instrument)
    form = next(form for form in definition.forms if form.id == wording.form)
    return questionnaire_of(definition, form, wording, form.max_age)


@dataclass(frozen=True)
class Answered:
    """What somebody answered, in the words that they were asked: question and answer."""

    response: Response
    lines: tuple[tuple[str, str], ...]


def in_words(responses: Iterable[Response]) -> list[Answered]:
    """Each of these responses, in their order, with its questions and answers. One query."""
    found = list(responses)
    instruments = {each.measure.instrument_id for each in found}
    wordings = InstrumentWording.objects.filter(instrument__in=instruments)
    words = {(each.instrument_id, each.form, each.language): each.words for each in wordings}
    return [Answered(each, tuple(_lines(each, words.get(_wording_of(each), {})))) for each in found]


def asked_as(response: Response, item: str) -> str:
    """The words of one question as this response was asked it; nothing without. One query."""
    instrument, form, language = _wording_of(response)
    wordings = InstrumentWording.objects.filter(instrument=instrument, form=form)
    words = wordings.filter(language=language).values_list("words", flat=True).first() or {}
    return str(words.get("items", {}).get(item, ""))


def _wording_of(response: Response) -> tuple[UUID, str, str]:
    return response.measure.instrument_id, response.form, response.language


def _lines(response: Response, words: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    definition, texts = definition_of(response.measure.instrument), words.get("items", {})
    for item in definition.items:
        text = texts.get(item.id, item.id)
        if item.id in response.answers:
            value = response.answers[item.id]
            labels = words.get("labels", {}).get(item.id, [])
            is_worded = len(labels) == item.high - item.low + 1
            yield text, f"{value}, {labels[value - item.low]}" if is_worded else str(value)
        elif item.id in response.skipped:
            yield text, "passed over"
