"""Long work of which a row of the database is the truth, and a message in the broker only a hint.

A worker claims the row in one conditional update, a thread of its own keeps the row's heartbeat
fresh, and whatever it writes it writes only while the claim is still its own. Work that nobody is
heard of is put back; work that has killed too many workers is given up.

Every moment is of the database's clock: a worker whose own is wrong neither takes a row from
another nor waits for its turn for ever.

The rows' model has `claim`, `heartbeat_at` and `attempts`; what else is written is said by `Work`.
"""

from jobs.beating import Beat, heartbeat
from jobs.claiming import (
    NOW,
    ClaimLostError,
    Moment,
    Work,
    claim,
    forsaken,
    free_forsaken,
    mine,
    worn_out,
)

__all__ = [
    "NOW",
    "Beat",
    "ClaimLostError",
    "Moment",
    "Work",
    "claim",
    "forsaken",
    "free_forsaken",
    "heartbeat",
    "mine",
    "worn_out",
]
