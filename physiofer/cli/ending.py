"""How a command ends: warnings as tidy lines, a known error as one line, and the exit code that belongs to it."""

import sys
import warnings
from contextlib import contextmanager

import typer

from ..exceptions import LeakageWarning, PhysioferError, QualityWarning, UnreadableDataError

__all__ = ["BAD_ARGUMENT", "INTERRUPTED", "UNREADABLE", "tidy_ending"]

BAD_ARGUMENT, UNREADABLE, INTERRUPTED = 2, 3, 130
_MOST_WARNINGS = 8


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
            _say("error", typer.colors.RED, error)
            raise typer.Exit(UNREADABLE if isinstance(error, UnreadableDataError) else BAD_ARGUMENT) from error
        except KeyboardInterrupt as error:
            _say("stopped", typer.colors.YELLOW, "nothing half written is left behind.")
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:  # the reader of our output, `head` for example, has seen enough
            sys.stdout = None
            raise typer.Exit(0) from error
        except OSError as error:
            _say("error", typer.colors.RED, f"{error.strerror or error}: {error.filename or 'a file'}")
            raise typer.Exit(UNREADABLE) from error
        else:
            _show_warnings(caught)


def _show_warnings(caught):
    """Each different warning once, ours before those of other packages, and a count of what is too much to read."""
    lines = {}
    for warning in caught:
        ours = issubclass(warning.category, (QualityWarning, LeakageWarning))
        kind = "" if ours else f"{warning.category.__name__}: "
        lines.setdefault(f"{kind}{warning.message}", not ours)
    ordered = sorted(lines, key=lines.get)
    for line in ordered[:_MOST_WARNINGS]:
        _say("warning", typer.colors.YELLOW, line)
    if len(ordered) > _MOST_WARNINGS:
        _say("warning", typer.colors.YELLOW, f"and {len(ordered) - _MOST_WARNINGS} more.")


def _say(word, colour, message):
    """One line on stderr, coloured where it is a terminal."""
    typer.echo(f"{typer.style(f'{word}:', fg=colour, bold=True)} {' '.join(str(message).split())}", err=True)
