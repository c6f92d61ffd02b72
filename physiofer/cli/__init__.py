"""The `physiofer` command: a thin layer over :mod:`physiofer.pipeline` that holds no science.

Only typer and its kin are imported here; every command imports the rest when it runs, so that ``--help`` is instant.
"""

from .app import app, main

__all__ = ["app", "main"]
