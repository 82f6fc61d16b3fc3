from __future__ import annotations

import datetime as dt
import uuid
from uuid import UUID

import pytest
from django.http import QueryDict

from activities.models import Session
from participants.forms.register import DetailsForm, RegisterForm
from participants.models import AttendanceRole
from tests.factories import london

ID, PERSON = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
GOOD = {"id": ID, "participant": PERSON, "status": "late", "at": "2019-05-14T16:00:00Z"}


class TestRegisterForm:
    def read(self, **data: str) -> RegisterForm:
        query = QueryDict(mutable=True)
        query.update({"nonce": ID} | data)
        return RegisterForm(query)

    def test_reads_what_changed_and_who_is_unmarked(self) -> None:
        a, b, c, d = (str(uuid.uuid4()) for _ in range(4))
        form = self.read(
            **{
                f"was-{a}": "present",
                f"mark-{a}": "late",
                f"was-{b}": "absent",
                f"mark-{b}": "absent",
                f"was-{c}": "",
                f"mark-{c}": "excused",
                f"was-{d}": "",
            }
        )
        assert form.is_valid()
        assert form.cleaned_data["statuses"] == {UUID(a): "late", UUID(c): "excused"}
        assert form.cleaned_data["unmarked"] == [UUID(d)]

    def test_reads_roles_that_it_knows(self) -> None:
        other = str(uuid.uuid4())
        form = self.read(**{f"role-{PERSON}": "volunteer", f"role-{other}": "made up"})
        assert form.is_valid()
        assert form.cleaned_data["roles"] == {UUID(PERSON): "volunteer"}

    def test_somebody_found_is_present(self) -> None:
        form = self.read(add=PERSON)
        assert form.is_valid()
        assert form.cleaned_data["statuses"] == {UUID(PERSON): "present"}

    @pytest.mark.parametrize(
        "data",
        [
            {"nonce": "x"},
            {"add": "x"},
            {"mark-x": "late"},
            {"was-x": ""},
            {f"mark-{PERSON}": "here"},
            {f"mark-{PERSON}": "cleared"},
        ],
        ids=str,
    )
    def test_nothing_that_it_did_not_ask_for(self, data: dict[str, str]) -> None:
        assert not self.read(**data).is_valid()


class TestDetailsForm:
    def read(self, hour: int, **data: str) -> DetailsForm:
        session = Session(starts_at=london(2019, 5, 14, hour), ends_at=london(2019, 5, 14, hour))
        return DetailsForm({"role": "participant"} | data, session=session)

    @pytest.mark.parametrize(
        ("hour", "time", "moment"),
        [
            (16, "16:05", london(2019, 5, 14, 16, 5)),
            (16, "15:20", london(2019, 5, 14, 15, 20)),
            (23, "00:30", london(2019, 5, 15, 0, 30)),
            (0, "23:50", london(2019, 5, 13, 23, 50)),
        ],
    )
    def test_a_time_is_the_one_nearest_to_the_start(
        self, hour: int, time: str, moment: dt.datetime
    ) -> None:
        form = self.read(hour, arrived=time)
        assert form.is_valid()
        assert (form.cleaned_data["arrived_at"], form.cleaned_data["left_at"]) == (moment, None)

    def test_nobody_goes_out_before_they_came_in(self) -> None:
        form = self.read(23, arrived="23:50", left="23:40")
        assert form.errors == {"left": ["Somebody cannot go out before they came in."]}
        assert self.read(23, arrived="23:50", left="00:10").is_valid()

    def test_times_can_be_left_out_or_taken_away(self) -> None:
        form = self.read(16, role="practitioner")
        assert form.is_valid()
        assert form.cleaned_data["role"] == AttendanceRole.PRACTITIONER
        assert form.cleaned_data["arrived_at"] is None
