"""Third lock: a view starts from rows that were narrowed to its reader."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ["accounts", "hubs", "activities", "participants", "evaluation", "derby_portal"]
NARROWING = {"visible_to", "ever_visible_to", "public"}
# Tables whose rows are the same for everyone.
OPEN_TABLES = {"Ward", "Programme"}


def view_files() -> list[Path]:
    found = [path for app in APPS for path in (ROOT / app).glob("views*.py")]
    return found + [path for app in APPS for path in (ROOT / app).glob("views/*.py")]


def _uses(tree: ast.AST) -> list[tuple[str, int, str]]:
    """(model, line, first method) of every `Model.objects.method`."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return [
        (
            node.value.id,
            node.lineno,
            parent.attr if isinstance(parent := parents[node], ast.Attribute) else "",
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "objects"
        and isinstance(node.value, ast.Name)
    ]


def unscoped(source: str) -> list[tuple[str, int, str]]:
    return [
        (model, line, method)
        for model, line, method in _uses(ast.parse(source))
        if method not in NARROWING and model not in OPEN_TABLES
    ]


def test_there_are_views_to_look_at() -> None:
    assert len(view_files()) >= 4


@pytest.mark.parametrize("path", view_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_views_start_from_visible_rows(path: Path) -> None:
    assert unscoped(path.read_text()) == []


def test_the_check_sees_what_it_should() -> None:
    assert unscoped("Session.objects.filter(pk=1)") == [("Session", 1, "filter")]
    assert unscoped("get_object_or_404(Session.objects, pk=1)") == [("Session", 1, "")]
    assert unscoped("Session.objects.visible_to(user).get(pk=1)") == []
