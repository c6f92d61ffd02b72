"""Results to one self-contained HTML page: lays out what the evaluation found, computes no score.

Examples
--------
>>> from physiofer.report import render_report
>>> page = render_report({"target": "stress", "pipelines": []})
>>> page.startswith("<!doctype html>")
True
"""

from .configuration import to_toml
from .page import render_report, write_report
from .pulse import render_pulse_report, write_pulse_report

__all__ = ["render_pulse_report", "render_report", "to_toml", "write_pulse_report", "write_report"]
