"""Writes of spreadsheets that come in: received, matched, checked, brought in, taken back."""

from participants.services.imports.asking import (
    AtWorkError,
    choose_sheet,
    drop_import,
    match_columns,
    receive_file,
    request_apply,
    request_undo,
    say_what_words_mean,
)
from participants.services.imports.jobs import delete_old_files, queue_forsaken, run_import

__all__ = [
    "AtWorkError",
    "choose_sheet",
    "delete_old_files",
    "drop_import",
    "match_columns",
    "queue_forsaken",
    "receive_file",
    "request_apply",
    "request_undo",
    "run_import",
    "say_what_words_mean",
]
