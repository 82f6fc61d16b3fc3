"""What accounts must know of people's records to show the audit trail; participants fills it in.

An app on the left cannot ask one on the right: each handler is added in the `ready` of the app that
knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from accounts.models import User

# Ids of everything that entries may name and that is one person's: every record that was merged
# with it, photographs, links, bundles. Never concerns: who reads this may not know of any.
kept_of: list[Callable[[UUID], Collection[UUID]]] = []

# Ids of the concerns that a user may read. A concern that was routed away from somebody is not
# among theirs, nor is anything in the trail about it.
concerns_of: list[Callable[[User], Collection[UUID]]] = []
