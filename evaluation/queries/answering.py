"""What a secret opens for who answers, and where they go on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from evaluation.models import Kiosk, Response, SurveyPass
from evaluation.queries.asking import hash_of
from evaluation.queries.instruments import Question, Questionnaire, questionnaire
from evaluation.queries.worry import rules_met
from participants.models import Purpose
from participants.queries.consents import may
from participants.queries.rights import age_on

# A turn at a tablet that nobody touched for so long is over: somebody else may hold it by now.
IDLE = dt.timedelta(minutes=10)
RELATED = ("participant", "measure__instrument", "session", "kiosk", "response")


@dataclass(frozen=True)
class Sheet:
    """The questions of one pass with what was answered by it.

    What was answered before, on another device or in an earlier turn, is not among them: nobody
    who holds the tablet now gets to see it.
    """

    questionnaire: Questionnaire
    questions: tuple[Question, ...]
    answers: dict[str, int]
    skipped: frozenset[str]

    @property
    def first_open(self) -> int | None:
        """Number, from 1, of the first question neither answered nor passed over."""
        numbered = enumerate(self.questions, start=1)
        return next((number for number, each in numbered if not self._is_done(each)), None)

    @property
    def first_unanswered(self) -> int | None:
        """Number, from 1, of the first question without an answer, passed over or not."""
        numbered = enumerate(self.questions, start=1)
        return next((number for number, each in numbered if each.id not in self.answers), None)

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(each.id in self.answers for each in self.questions)

    def question(self, number: int) -> Question | None:
        """The question of a number from 1; None where there is none."""
        return self.questions[number - 1] if 1 <= number <= len(self.questions) else None

    def has(self, item: str) -> bool:
        """Whether an item is among the questions."""
        return any(each.id == item for each in self.questions)

    def _is_done(self, question: Question) -> bool:
        return question.id in self.answers or question.id in self.skipped


def link_pass(token: str) -> SurveyPass | None:
    """The pass of a secret link, even one that has ended. One query."""
    passes = SurveyPass.objects.select_related(*RELATED).filter(kiosk__isnull=True)
    return passes.filter(token_hash=hash_of(token)).first()


def kiosk_of(token: str) -> Kiosk | None:
    """The hand-over of a tablet's secret, even one that has ended. One query."""
    return Kiosk.objects.select_related("session").filter(token_hash=hash_of(token)).first()


def turn_begun(kiosk: Kiosk, now: dt.datetime) -> SurveyPass | None:
    """The turn that somebody is at; None between turns. One query."""
    turns = kiosk.turns.open(now).filter(opened_at__isnull=False)
    return turns.select_related(*RELATED).order_by("-opened_at").first()


def last_turn(kiosk: Kiosk) -> SurveyPass | None:
    """The turn that ended last. One query."""
    return kiosk.turns.filter(ended_at__isnull=False).order_by("-ended_at").first()


def is_idle(turn: SurveyPass, now: dt.datetime) -> bool:
    """Whether nobody touched a turn for `IDLE`."""
    touched = turn.response.changed_at if turn.response else turn.opened_at
    return touched is not None and now - touched >= IDLE


def may_go_on(survey_pass: SurveyPass, now: dt.datetime) -> bool:
    """Whether a pass is open and its person may be asked. One query."""
    person = survey_pass.participant
    root = person.merged_into_id or person.pk
    return survey_pass.is_open(now) and root in may([person.pk], Purpose.SURVEYS)


def is_worrying_so_far(response: Response, sheet: Sheet) -> bool:
    """Whether one of the answers given by this pass points to help. One query."""
    return any(rule.item in sheet.answers for rule in rules_met(response))


def questions_for(survey_pass: SurveyPass, language: str, now: dt.datetime) -> Questionnaire | None:
    """The questions for a person of this age, in an edition or in English; None without words."""
    today = timezone.localdate(now)
    age = age_on(survey_pass.participant, today)
    return questionnaire(survey_pass.measure, age=age, language=language)


def sheet_of(survey_pass: SurveyPass, response: Response, now: dt.datetime) -> Sheet | None:
    """What a pass asks and what was answered by it; None where the questions have no words."""
    asked = questions_for(survey_pass, survey_pass.language, now)
    if asked is None:
        return None
    hidden = frozenset(survey_pass.answered_before)
    questions = tuple(each for each in asked.questions if each.id not in hidden)
    return Sheet(
        questionnaire=asked,
        questions=questions,
        answers={key: value for key, value in response.answers.items() if key not in hidden},
        skipped=frozenset(response.skipped) - hidden,
    )
