from __future__ import annotations

import uuid
from uuid import UUID

import pytest
from django.http import QueryDict

from participants.forms.register import RegisterForm

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
