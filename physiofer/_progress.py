"""A progress bar on standard error, shown only where somebody can see it."""

import contextlib
import sys


@contextlib.contextmanager
def progress_reporter(progress, description):
    """Yield a callable ``report(done, total, label)``, or None.

    `progress` is False (nothing), True (a bar, if standard error is a terminal) or a callable to hand on.
    """
    if callable(progress):
        yield progress
    elif not progress or not sys.stderr.isatty():
        yield None
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(description, total=None)
            yield lambda done, total, label: bar.update(
                task, completed=done, total=total, description=f"{description} {label}"
            )
