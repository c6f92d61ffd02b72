"""The report's figures: matplotlib's object interface to inline SVG whose colours are the page's CSS variables.

Each figure is drawn twice, wide for a desktop and narrow for a phone, and the style sheet shows the fitting one: an SVG
that merely shrinks takes its text below what can be read.
"""

import io
import re
import warnings

import matplotlib
import numpy as np
from markupsafe import Markup, escape
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from . import words

__all__ = ["bars", "curve", "people"]

WIDE, NARROW = 1000, 340  # CSS pixels; the SVG's user unit is a point, shown as a pixel
# Colours no figure would choose, exchanged for CSS variables afterwards so that one SVG serves light, dark and paper.
INK, MUTED, RULE, ABOVE, BELOW, PAPER = (f"#0a0b0{digit}" for digit in range(1, 7))
_VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", ABOVE: "accent", BELOW: "warn", PAPER: "paper"}
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "physiofer", "text.usetex": False, "text.parse_math": False}
_POINTS_PER_INCH = 72


def people(rows, chance, chance_interval, floor):
    """Every person a dot, every pipeline a row: where each model works and whom it fails.

    Parameters
    ----------
    rows : list of dict
        ``label``, ``mean``, ``low``, ``high`` (None where missing) and ``scores``, the people's finite scores.
    chance : float
        Score of guessing.
    chance_interval : list of two floats or None
        Where the mean of guessing lands.
    floor : float
        Left end of the axis; its right end is 1.

    Returns
    -------
    Markup
        The wide and the narrow drawing, each with its `aria-label`.

    Examples
    --------
    >>> row = {"label": "SVM", "mean": 0.7, "low": 0.6, "high": 0.8, "scores": [0.6, 0.8]}
    >>> "SVM: mean 0.70, 2 people" in people([row], 0.5, [0.45, 0.55], 0.4)
    True
    """
    told = [f"{row['label']}: mean {words.number(row['mean'], 2)}, {len(row['scores'])} people" for row in rows]
    label = f"Balanced accuracy of every person, one row for each pipeline; chance is {chance:.2f}. {'; '.join(told)}."

    def draw(narrow):
        row_height = 62 if narrow else 46
        left, right, top, bottom = (10, 10, 6, 42) if narrow else (_label_room(row["label"] for row in rows), 62, 6, 42)
        figure, axes = _axes(NARROW if narrow else WIDE, row_height * len(rows), (left, right, top, bottom))
        axes.set_xlim(floor, 1.0)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        low, high = (words.finite(end) for end in chance_interval or (None, None))
        if low is not None and high is not None:
            axes.axvspan(low, high, color=RULE, alpha=0.6, linewidth=0)
        axes.axvline(chance, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)))
        width = axes.get_window_extent().width
        for place, row in enumerate(rows):
            _person_row(axes, place, row, narrow, chance, dot=6 / width * (1.0 - floor))
        _score_axis(axes, floor, "balanced accuracy of each person")
        return figure

    return _two(draw, "people", label)


def bars(items, title, label):
    """Horizontal bars from zero, in the order given.

    Parameters
    ----------
    items : list of (str, float)
        What each bar stands for, and its length.
    title : str
        Of the axis.
    label : str
        What the figure shows, for those who cannot see it.

    Returns
    -------
    Markup
        The wide and the narrow drawing, each with its `aria-label`.

    Examples
    --------
    >>> bars([("eda: scl", 0.031)], "lost", "Features").count("Features: eda: scl 0.031.")
    2
    """
    label = f"{label}: {'; '.join(f'{name} {words.number(length)}' for name, length in items)}."
    lengths = np.array([length for _, length in items])
    low, high = min(0.0, lengths.min()), max(0.0, lengths.max())
    spread = (high - low) or 1e-3
    low, high = low - (0.1 * spread if low < 0 else 0), high + 0.14 * spread

    def draw(narrow):
        row_height = 40 if narrow else 25
        margins = (10, 12, 4, 42) if narrow else (_label_room(name for name, _ in items), 30, 4, 42)
        figure, axes = _axes(NARROW if narrow else WIDE, row_height * len(items), margins)
        axes.set_xlim(low, high)
        axes.set_ylim(len(items) - 0.5, -0.5)
        places = np.arange(len(items)) + (0.18 if narrow else 0.0)
        colours = [ABOVE if length >= 0 else BELOW for length in lengths]
        axes.barh(places, lengths, height=0.32 if narrow else 0.6, color=colours)
        axes.axvline(0.0, color=MUTED, linewidth=1)
        for place, (name, length) in zip(places, items, strict=True):
            _text(axes, name, place + 0.2 * narrow, narrow)
            axes.annotate(
                words.number(length), (max(length, 0.0), place), (5, 0), textcoords="offset points", va="center",
                fontsize=12, color=MUTED,
            )  # fmt: skip
        axes.set_xlabel(title, fontsize=12, color=MUTED, labelpad=8)
        axes.locator_params(axis="x", nbins=4 if narrow else 7)
        return figure

    return _two(draw, "bars", label)


def curve(x, y, x_title, y_title, label, *, is_dots=False):
    """A curve, broken where a value is missing.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        Where it goes; NaN where it does not.
    x_title, y_title : str
        Of the axes; without the latter the height has no scale.
    label : str
        What the figure shows, for those who cannot see it.
    is_dots : bool, default=False
        Dots on the line.

    Returns
    -------
    Markup
        The wide and the narrow drawing, each with its `aria-label`.

    Examples
    --------
    >>> "Rate, from 1.0 to 3.0." in curve(np.arange(3.0), np.array([1.0, 2.0, 3.0]), "s", "bpm", "Rate", is_dots=True)
    True
    """
    there = y[np.isfinite(y)]
    label = (
        f"{label}, from {words.number(there.min(), 1)} to {words.number(there.max(), 1)}." if y_title else f"{label}."
    )

    def draw(narrow):
        margins = (46 if y_title else 8, 12, 8, 42)
        figure, axes = _axes(NARROW if narrow else WIDE, 180 if narrow else 220, margins)
        axes.plot(x, y, color=ABOVE, linewidth=1.6, marker="o" if is_dots else None, markersize=5, mec=PAPER, mew=0.8)
        axes.margins(x=0.01, y=0.12)
        if y_title:
            axes.tick_params(axis="y", labelleft=True, labelsize=12, labelcolor=MUTED)
            axes.grid(True, axis="y", color=RULE, linewidth=1)
            axes.set_ylabel(y_title, fontsize=12, color=MUTED)
            room = max(3.0 - np.ptp(there), 0.0) / 2  # a steady rate is to look steady
            axes.set_ylim(there.min() - room - 1.0, there.max() + room + 1.0)
        axes.set_xlabel(x_title, fontsize=12, color=MUTED, labelpad=8)
        axes.locator_params(axis="x", nbins=4 if narrow else 9)
        return figure

    return _two(draw, re.sub(r"\W+", "-", label.partition(",")[0].lower()).strip("-"), label)


def _person_row(axes, place, row, narrow, chance, dot):
    """One pipeline: its people as a swarm, its mean and interval below them, its name and mean beside them."""
    centre = place + 0.2 if narrow else place
    scores = np.sort(np.asarray(row["scores"], dtype=float))
    heights = centre + _swarm(scores, dot, room=0.24 if narrow else 0.3, step=0.1)
    for shown, colour in ((scores > chance, ABOVE), (scores <= chance, BELOW)):
        axes.scatter(scores[shown], heights[shown], s=34, color=colour, alpha=0.6, linewidths=0, clip_on=False)
    if row["low"] is not None and row["high"] is not None:
        axes.plot([row["low"], row["high"]], [centre, centre], color=INK, linewidth=2.2, solid_capstyle="butt")
    if row["mean"] is not None:
        axes.plot([row["mean"]], [centre], marker="D", markersize=7.5, color=INK, mec=PAPER, mew=1.3, clip_on=False)
    _text(axes, row["label"], centre, narrow)
    axes.annotate(
        words.number(row["mean"]), (1.0, place - 0.3 if narrow else place), (0 if narrow else 14, 0),
        xycoords=("axes fraction", "data"), textcoords="offset points", ha="right" if narrow else "left", va="center",
        fontsize=13, color=INK,
    )  # fmt: skip


def _swarm(scores, dot, room, step):
    """Vertical offsets that keep equal scores apart, squeezed where a heap would leave its row."""
    offsets = np.zeros(scores.size)
    bins = np.floor(np.clip(scores, -9.0, 9.0) / dot).astype(int)
    for heap in np.unique(bins):
        members = np.flatnonzero(bins == heap)
        spread = min(step, 2 * room / max(members.size - 1, 1))
        offsets[members] = spread * (np.arange(members.size) - (members.size - 1) / 2)
    return offsets


def _text(axes, text, centre, narrow):
    """A row's name: left of it on a desktop, above it on a phone."""
    at, shift = ((0.0, centre - 0.5), (0, 0)) if narrow else ((0.0, centre), (-14, 0))
    axes.annotate(
        text, at, shift, xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
        ha="left" if narrow else "right", fontsize=13, color=INK, annotation_clip=False,
    )  # fmt: skip


def _label_room(labels):
    """Pixels left of a wide figure's axes for its longest label, at most half the figure."""
    return min(30 + 7.4 * max(len(label) for label in labels), WIDE / 2)


def _score_axis(axes, floor, title):
    """Ticks at tenths, fewer on a narrow axis."""
    step = 0.1 if axes.get_window_extent().width / (1.0 - floor) > 500 else 0.2
    ticks = np.arange(1.0, floor - 1e-9, -step)[::-1]
    axes.set_xticks(ticks, [f"{tick:.1f}" for tick in ticks])
    axes.set_xlabel(title, fontsize=12, color=MUTED, labelpad=8)


def _axes(width, height, margins):
    """A figure of `width` pixels whose axes are `height` pixels high, bare but for a scale below."""
    left, right, top, bottom = margins
    full = height + top + bottom
    figure = Figure(figsize=(width / _POINTS_PER_INCH, full / _POINTS_PER_INCH), dpi=_POINTS_PER_INCH)
    FigureCanvasSVG(figure)
    axes = figure.add_axes((left / width, bottom / full, (width - left - right) / width, height / full))
    axes.patch.set_visible(False)
    for side in ("left", "right", "top", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", left=False, labelleft=False)
    axes.tick_params(axis="x", bottom=False, labelsize=12, labelcolor=MUTED)
    axes.grid(True, axis="x", color=RULE, linewidth=1)
    axes.set_axisbelow(True)
    return figure, axes


def _two(draw, name, label):
    """The wide and the narrow drawing of one figure."""
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the page's fonts draw the glyphs that matplotlib's lack
        wide, narrow = (_svg(draw(is_narrow), f"{name}-{width}", label) for is_narrow, width in ((0, "w"), (1, "n")))
    return Markup(f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>')


def _svg(figure, prefix, label):
    """The figure as an SVG element that lives inside a page: unique ids, page colours, page fonts, no namespaces."""
    stream = io.StringIO()
    bare = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", transparent=True, metadata=bare)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)  # it would style the whole page
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    text = re.sub(r' transform="rotate\(-?0 [^"]*"', "", text)
    text = re.sub(r'<g id="[^"]*">', "<g>", text)
    text = re.sub(r'(id="|url\(#|href="#)', rf"\1{prefix}-", text).replace("xlink:href", "href")
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    text = re.sub(r"\s*\n\s*", " ", text)
    width, height = (int(round(inches * _POINTS_PER_INCH)) for inches in figure.get_size_inches())
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(label)}">'
    return head + text[text.index(">") + 1 :].strip()
