"""The command `physiofer`: its sub-commands, and how any of them ends."""

import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from .. import __version__
from .demo import demo
from .ending import say, tidy_ending
from .evaluate import evaluate
from .extract import extract
from .info import info
from .report import report
from .rppg import rppg

__all__ = ["app", "main"]


# Typer's own copy of click or the real one, by version: the class that both derive their errors from.
_USAGE_ERROR = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


class _TidyGroup(TyperGroup):
    """A group whose commands end with one clear line instead of a traceback or a box."""

    def main(self, *args, standalone_mode=True, **options):
        """Run the command line and exit."""
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **options)
        try:
            code = super().main(*args, standalone_mode=False, **options)
        except _USAGE_ERROR as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
            else:
                hint = "" if error.ctx is None else f" ({error.ctx.command_path} --help tells more)"
                say("error", typer.colors.RED, f"{error.format_message()}{hint}")
            code = error.exit_code
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx):
        """Run the sub-command."""
        with tidy_ending():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_TidyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: physiofer demo",
)


def _show_version(wanted: bool):
    """Print the version and stop."""
    if wanted:
        typer.echo(f"physiofer {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
):
    """From recordings of faces and bodies to an honest cross-subject model of emotion, and a report on it."""


app.command(epilog="Example: physiofer demo --subjects 12 --report demo.html")(demo)
app.command(epilog="Example: physiofer info recordings/ --format empatica --labels recordings/labels.csv")(info)
app.command(epilog="Example: physiofer extract recordings/ --labels labels.csv --window 60 --out table.parquet")(
    extract
)
app.command(
    epilog="Example: physiofer evaluate recordings/ --labels labels.csv --target stress --models svm,rf "
    "--json out.json --report report.html"
)(evaluate)
app.command(epilog="Example: physiofer report out.json --out report.html")(report)
app.command(epilog="Example: physiofer rppg me.mp4 --method pos --csv pulse.csv --report pulse.html")(rppg)


def main():
    """Run the command line; the entry point of the `physiofer` command."""
    app(prog_name="physiofer")
