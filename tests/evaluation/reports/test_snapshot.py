from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reports.snapshot import freeze, thaw

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
bodies = st.dictionaries(st.text(), values, max_size=5)


@given(bodies)
def test_what_is_frozen_thaws_to_the_same(body: dict[str, object]) -> None:
    frozen = freeze(body)
    assert thaw(frozen.text, frozen.sha256) == body


@given(bodies)
def test_the_order_of_keys_changes_nothing(body: dict[str, object]) -> None:
    assert freeze(dict(reversed(body.items()))) == freeze(body)


def test_the_hash_is_that_of_the_canonical_text() -> None:
    frozen = freeze({"b": 1, "a": "Déda"})
    assert frozen.text == '{"a":"Déda","b":1}'
    assert frozen.sha256 == hashlib.sha256('{"a":"D\u00e9da","b":1}'.encode()).hexdigest()


def test_a_changed_text_is_noticed() -> None:
    frozen = freeze({"attendances": 10})
    with pytest.raises(ValueError, match="does not match"):
        thaw(frozen.text.replace("10", "11"), frozen.sha256)


@pytest.mark.parametrize("body", [{"a": 1.5}, {"a": [{"b": 0.0}]}, {"a": {1, 2}}])
def test_what_has_no_one_spelling_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        freeze(body)
