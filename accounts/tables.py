"""Tables that an address sorts and pages."""

from __future__ import annotations

from django.http import HttpRequest
from django_tables2 import RequestConfig, Table


def sort_and_page(request: HttpRequest, table: Table, *, rows: int) -> None:
    """Sort a table as the address says, and show the page that it says, of so many rows.

    How long a page is is not for an address to say: none would be an error, a million a burden. A
    page that there is none of is the first or the last.
    """
    RequestConfig(request, paginate=False).configure(table)
    table.paginate(per_page=rows)
    table.page = table.paginator.get_page(request.GET.get(table.prefixed_page_field))
