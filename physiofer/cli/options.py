"""Options that several commands share, each written once."""

from typing import Annotated

import typer

__all__ = [
    "Cache", "Corpus", "Format", "Jobs", "Json", "Labels", "Modalities", "Purity", "Rate", "Step", "VideoStart",
    "Videos", "Window", "Within",
]  # fmt: skip

_READING, _WINDOWS, _RUNNING = "Reading", "Windows and features", "Running and writing"

Corpus = Annotated[
    str, typer.Argument(help="Folder of recordings, one sub-folder, archive or table per person.", metavar="CORPUS")
]
Format = Annotated[
    str | None,
    typer.Option("--format", help="What the recordings are: auto, empatica, eeg, tabular or video. (default auto)",
                 metavar="NAME", rich_help_panel=_READING),
]  # fmt: skip
Labels = Annotated[
    str | None,
    typer.Option("--labels", help="Table of labels; a relative path may also start in the corpus.", metavar="FILE",
                 rich_help_panel=_READING),
]  # fmt: skip
Rate = Annotated[
    float | None,
    typer.Option("--rate", help="Sampling rate of tables that have no column of times.", metavar="HZ",
                 rich_help_panel=_READING),
]  # fmt: skip
Videos = Annotated[
    bool | None,
    typer.Option("--videos/--no-videos", help="Read videos of the face beside the other sensors. (default yes)",
                 rich_help_panel=_READING, show_default=False),
]  # fmt: skip
VideoStart = Annotated[
    float | None,
    typer.Option("--video-start", help="Where second 0 of these videos lies on the recording's clock. (default 0)",
                 metavar="SECONDS", rich_help_panel=_READING),
]  # fmt: skip
Window = Annotated[
    float | None,
    typer.Option("--window", help="Length of a window. (default 60)", metavar="SECONDS", rich_help_panel=_WINDOWS),
]
Step = Annotated[
    float | None,
    typer.Option("--step", help="From start to start of windows. (default 30)", metavar="SECONDS",
                 rich_help_panel=_WINDOWS),
]  # fmt: skip
Within = Annotated[
    str | None,
    typer.Option("--within", help="Windows stay inside a 'trial', or cross the whole 'recording'.", metavar="PLACE",
                 rich_help_panel=_WINDOWS),
]  # fmt: skip
Purity = Annotated[
    float | None,
    typer.Option("--purity", help="Least share of a window that carries its label. (default 1)", metavar="SHARE",
                 rich_help_panel=_WINDOWS),
]  # fmt: skip
Modalities = Annotated[
    str | None,
    typer.Option("--modalities", help="Comma-separated blocks of features. (default all)", metavar="NAMES",
                 rich_help_panel=_WINDOWS),
]  # fmt: skip
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="Processes. (default all cores)", metavar="N", rich_help_panel=_RUNNING),
]
Cache = Annotated[
    str | None,
    typer.Option("--cache", help="Folder that keeps features for the next run.", metavar="DIR",
                 rich_help_panel=_RUNNING),
]  # fmt: skip
Json = Annotated[
    str | None,
    typer.Option("--json", help="Also write the outcome as JSON; - for stdout.", metavar="FILE",
                 rich_help_panel=_RUNNING),
]  # fmt: skip
