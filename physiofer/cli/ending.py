"""How a command ends: warnings as tidy lines, a known error as one line, and the exit code that belongs to it."""

import re
import sys
import warnings
from contextlib import contextmanager

import typer

from ..exceptions import LeakageWarning, PhysioferError, QualityWarning, UnreadableDataError

__all__ = ["BAD_ARGUMENT", "INTERRUPTED", "UNREADABLE", "say", "tidy_ending"]

BAD_ARGUMENT, UNREADABLE, INTERRUPTED = 2, 3, 130
_MOST_WARNINGS = 8
_NAME = re.compile(r"[^\s:]{1,40}")  # of a recording: warnings that differ in nothing else share a line


@contextmanager
def tidy_ending():
    """Run a command: its warnings and its error go to stderr, a line each, and it exits with 0, 2, 3 or 130."""
    with warnings.catch_warnings(record=True) as caught:
        for category in (QualityWarning, LeakageWarning):
            warnings.simplefilter("always", category)
        try:
            yield
        except PhysioferError as error:
            _show_warnings(caught)
            say("error", typer.colors.RED, error)
            raise typer.Exit(UNREADABLE if isinstance(error, UnreadableDataError) else BAD_ARGUMENT) from error
        except KeyboardInterrupt as error:
            say("stopped", typer.colors.YELLOW, "nothing half written is left behind.")
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:  # the reader of our output, `head` for example, has seen enough
            sys.stdout = None
            raise typer.Exit(0) from error
        except OSError as error:
            say("error", typer.colors.RED, f"{error.strerror or error}: {error.filename or 'a file'}")
            raise typer.Exit(UNREADABLE) from error
        else:
            _show_warnings(caught)


def _show_warnings(caught):
    """Each different warning once, ours before those of other packages, and a count of what is too much to read."""
    ours, others = {}, {}
    for warning in caught:
        known = issubclass(warning.category, (QualityWarning, LeakageWarning))
        who, colon, what = str(warning.message).partition(": ")
        if known and colon and _NAME.fullmatch(who):
            ours.setdefault(what, {})[who] = None
        elif known:
            ours.setdefault(str(warning.message), {})
        else:
            others.setdefault(f"{warning.category.__name__}: {warning.message}", {})
    lines = [f"{_some(list(who))}: {what}" if who else what for what, who in {**ours, **others}.items()]
    for line in lines[:_MOST_WARNINGS]:
        say("warning", typer.colors.YELLOW, line)
    if len(lines) > _MOST_WARNINGS:
        say("warning", typer.colors.YELLOW, f"and {len(lines) - _MOST_WARNINGS} more.")


def _some(names, most=4):
    """A few names, and how many more there are."""
    if len(names) <= most + 1:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def say(word, colour, message):
    """Write one line on stderr, coloured where it is a terminal.

    Parameters
    ----------
    word : str
        What the line is: error, warning.
    colour : str
        Colour of the word, of ``typer.colors``.
    message : object
        The rest; line breaks become spaces.
    """
    typer.echo(f"{typer.style(f'{word}:', fg=colour, bold=True)} {' '.join(str(message).split())}", err=True)
