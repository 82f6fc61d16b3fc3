"""What changed and who asks: grants, reports, and what the public is told of them."""

from evaluation.models.community import (
    FigureQuerySet,
    PicturePeople,
    ReleasedFigure,
    Story,
    StoryPicture,
    StoryState,
    StoryText,
)
from evaluation.models.pages import (
    EDITOR_ROLES,
    SPEAKER_TOPICS,
    InterfaceCheck,
    Page,
    PageRecording,
    PageText,
    PageTopic,
)
from evaluation.models.reports import (
    REPORT_ROLES,
    Grant,
    GrantQuerySet,
    ReportFile,
    ReportFormat,
    ReportRun,
    ReportRunQuerySet,
    RunStatus,
    Snapshot,
    Target,
)

__all__ = [
    "EDITOR_ROLES",
    "REPORT_ROLES",
    "SPEAKER_TOPICS",
    "FigureQuerySet",
    "Grant",
    "GrantQuerySet",
    "InterfaceCheck",
    "Page",
    "PageRecording",
    "PageText",
    "PageTopic",
    "PicturePeople",
    "ReleasedFigure",
    "ReportFile",
    "ReportFormat",
    "ReportRun",
    "ReportRunQuerySet",
    "RunStatus",
    "Snapshot",
    "Story",
    "StoryPicture",
    "StoryState",
    "StoryText",
    "Target",
]
