"""Public pages in their editions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hubs.wording import current_edition


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a public page from its template, in Easy Read from the one of the same name.

    Every page template has its twin under `templates/easy/`; a structure test says so.
    """
    chosen = f"easy/{template}" if current_edition().is_easy_read else template
    return render(request, chosen, context, status=status)
