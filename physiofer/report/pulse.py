"""What a video told of a pulse, as one HTML file."""

from pathlib import Path

import numpy as np

from .._atomic import whole_file
from ..exceptions import InvalidArgumentError
from . import figures, words
from .page import lenient, template

__all__ = ["render_pulse_report", "write_pulse_report"]

_FORMAT = "physiofer-rppg"
_SHOWN_S = 20.0  # of the wave
_SPECTRUM_BPM = (40.0, 240.0)


def render_pulse_report(result):
    """Lay out what a video told of a pulse as one self-contained HTML page.

    Parameters
    ----------
    result : dict
        What `RemotePulse.to_dict` gives, or the same read back from the file of ``physiofer rppg --json``.

    Returns
    -------
    str
        HTML that loads nothing, runs nothing and holds no picture.

    Raises
    ------
    InvalidArgumentError
        If `result` is something else.

    Examples
    --------
    >>> rate = {"times_s": [5.0], "bpm": [61.5], "quality": [0.8], "mean_bpm": 61.5}
    >>> page = render_pulse_report({"format": "physiofer-rppg", "source": "me.mp4", "heart_rate": rate})
    >>> "The heart beats 61.5 times a minute" in page
    True
    """
    if (
        not isinstance(result, dict)
        or result.get("format") != _FORMAT
        or not isinstance(result.get("heart_rate"), dict)
    ):
        raise InvalidArgumentError(
            "result is not a pulse's result: it must be a dict as `physiofer rppg --json` writes it."
        )
    result = lenient(result)
    rate = result["heart_rate"]
    times_s, bpm, quality = (_numbers(rate[name]) for name in ("times_s", "bpm", "quality"))
    if not times_s.size == bpm.size == quality.size:
        raise InvalidArgumentError("result['heart_rate'] must hold as many times_s as bpm and quality.")
    mean_bpm, n_read = words.finite(rate["mean_bpm"]), int(np.isfinite(bpm).sum())
    wave = result["pulse"] or lenient({})
    wave_s, bvp = _numbers(wave["times_s"]), _numbers(wave["bvp"])
    is_shown = wave_s < wave_s[0] + _SHOWN_S if wave_s.size else np.zeros(0, dtype=bool)
    return template("pulse.html").render(
        result=result,
        rate=rate,
        bpm=mean_bpm,
        n_read=n_read,
        n_windows=bpm.size,
        verdict=_verdict(mean_bpm, n_read, bpm.size, rate["no_reading"]),
        rate_figure=_figure(times_s, bpm, ("seconds", "bpm"), "Heart rate over time", is_dots=True) if n_read else None,
        wave_figure=_figure(wave_s[is_shown], bvp[is_shown], ("seconds", ""), "Pulse wave"),
        wave_s=min(_SHOWN_S, wave_s[-1] - wave_s[0]) if wave_s.size else 0.0,
        spectrum_figure=_figure(*_spectrum(wave_s, bvp), ("bpm", ""), "Spectrum of the pulse wave"),
        facts=_facts(result),
    )


def write_pulse_report(result, path):
    """Write the page of :func:`render_pulse_report` as one file.

    Parameters
    ----------
    result : dict
        As there.
    path : str or path-like
        The file to write; an existing one is replaced, whole or not at all.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    InvalidArgumentError
        If `result` is something else, or `path` cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> rate = {"times_s": [5.0], "bpm": [None], "quality": [0.1], "mean_bpm": None}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_pulse_report({"format": "physiofer-rppg", "heart_rate": rate}, f"{folder}/out.html")
    ...     path.name, "No reading" in path.read_text(encoding="utf-8")
    ('out.html', True)
    """
    page = render_pulse_report(result)
    with whole_file(path) as part:
        part.write_bytes(page.encode("utf-8", "replace"))
    return Path(path)


def _numbers(values):
    """A list as floats, NaN where there is no number."""
    numbers = [words.finite(value) for value in values or []]
    return np.array([np.nan if number is None else number for number in numbers])


def _verdict(mean_bpm, n_read, n_windows, no_reading):
    """The page's answer, a sentence; `no_reading` says why there is none."""
    if mean_bpm is None:
        return f"No reading: {no_reading or 'nowhere is the pulse clear enough to be told from noise'}."
    some = "" if n_read == n_windows else f", as far as it can be told ({n_read} of {n_windows} windows)"
    return f"The heart beats {words.number(mean_bpm, 1)} times a minute{some}."


def _figure(x, y, titles, label, *, is_dots=False):
    """A curve or dots, or None where there is nothing to draw."""
    is_there = np.isfinite(x) & np.isfinite(y)
    if is_there.sum() < (1 if is_dots else 2):
        return None
    return figures.curve(x, y, *titles, label, is_dots=is_dots)


def _spectrum(times_s, bvp):
    """Frequencies in bpm and power, of the samples that are there, the rest 0."""
    if times_s.size < 16:
        return np.empty(0), np.empty(0)
    step_s = np.median(np.diff(times_s))
    whole = np.where(np.isfinite(bvp), bvp, 0.0) * np.hanning(bvp.size)
    n_padded = max(4 * bvp.size, int(60.0 / step_s))  # finer than a beat a minute
    power = np.abs(np.fft.rfft(whole, n_padded)) ** 2
    bpm = 60.0 * np.fft.rfftfreq(n_padded, step_s)
    inside = (bpm >= _SPECTRUM_BPM[0]) & (bpm <= _SPECTRUM_BPM[1])
    most = power[inside].max(initial=0.0)
    return (bpm[inside], power[inside] / most) if most > 0 else (np.empty(0), np.empty(0))


def _facts(result):
    """Names and values of the table."""
    hrv = result["hrv"] or {}
    weights = result["region_weights"] or {}
    regions = ", ".join(f"{name.replace('_', ' ')} {words.percent(weight)}" for name, weight in weights.items())
    facts = [
        ("method", str(result["method"] or words.MISSING).upper()),
        ("regions and their weight", regions or words.MISSING),
        ("signal to noise", f"{words.number(result['snr_db'], 1)} dB"),
        ("beats that were trusted", words.count(result["n_beats"])),
    ]
    named = {"mean_nn_ms": "mean interval", "sdnn_ms": "SDNN", "rmssd_ms": "RMSSD"}
    return facts + [(title, f"{words.number(hrv.get(key), 0)} ms") for key, title in named.items()]
