"""Respiration of windows, from a belt or from the beats of the heart, as a scikit-learn transformer."""

import warnings

import numpy as np

from .._validate import check_choice, check_count, check_rate
from ..exceptions import QualityWarning
from ..recording import Stream
from ..signals.cardiac import nn_intervals
from ..signals.quality import present_share, unclipped_share, varying_share
from ..signals.respiration import RESPIRATION, beat_baseline
from ..signals.respiration.arrhythmia import rsa_of_table
from ..signals.respiration.belt import SLOWEST_RATE, SMOOTH_HZ, at_working_rate, breaths_of_rows, smoothed
from ..signals.respiration.modulations import fused_rates, modulation_grids
from ..signals.respiration.spectrum import HIGH_HZ, LOW_HZ, is_pulse, rate_of_windows
from ..signals.respiration.statistics import statistics_of_windows
from ..windows import cut
from ._base import WindowFeatures
from ._beats import beats_of

__all__ = ["RespirationFeatures"]

_LEAST_RATES = {"ecg": 25.0, "bvp": 20.0}  # of the detectors, in Hz
_MIN_BEAT_QUALITY = 0.7
_CLIPPED_S = 0.5  # breath rests at its extremes for less
_STUCK_S = 5.0
_PURITIES = (0.25, 0.5)  # what noise alone hardly exceeds, and what breathing has that no metronome paces


class RespirationFeatures(WindowFeatures):
    """Rate, regularity, timing and depth of respiration from a belt; its rate from an ECG or a pulse wave.

    Parameters
    ----------
    rate : float, default=25.0
        Sampling rate of the windows in Hz: at least 4 for a belt, 25 for an ECG, 20 for a pulse wave.
    signal : {"respiration", "ecg", "bvp"}, default="respiration"
        What windows given as arrays hold: say so where it is no belt. Streams tell it by their kind.
    inhalation : {"up", "down"}, default="up"
        Whether the belt's signal rises or falls as its wearer breathes in.
    min_breaths : int, default=3
        Fewest breaths in a window for statistics of breaths.

    Attributes
    ----------
    n_features_in_ : int
        Second axis of the windows seen in ``fit``.

    Notes
    -----
    Features: the statistics of :func:`physiofer.signals.respiration.respiration_rate`; ``rate_spectral_per_min``
    (breaths per minute of the strongest rhythm); ``rsa_ms`` and ``ln_rsa``, the mean respiratory sinus arrhythmia
    peak to trough and its logarithm, where a recording has a belt and an ECG or a pulse wave.

    Without a belt ``rate_spectral_per_min`` is the rate estimated by
    :func:`physiofer.signals.respiration.respiration_from_beats`, NaN where it is no better than noise or the beats are
    those of a metronome, and all the rest is NaN: beats are too sparse to tell breath from breath.

    Parts of the quality: ``quality_present``, ``quality_unclipped`` and ``quality_varying``, shares of the window's
    samples that are there, off the rails and not stuck; ``quality_coverage``, the share of the window in breaths, or in
    beats whose intervals survive; ``quality_spectral``, the purity of the rhythm; ``quality_belt``, 1 for a belt and 0
    for beats. ``quality`` is the product of the first three (for beats: of the coverage) with a ramp over the purity,
    from 0 at 0.25, which noise hardly exceeds, to 1 at 0.5. Where the strongest rhythm of a belt is above 40 per
    minute, a heart's and not a breath's, its quality is 0 and its features are NaN.

    References
    ----------
    .. [1] Schäfer & Kratky (2008), Annals of Biomedical Engineering 36(3), 476-485.
    .. [2] Charlton et al. (2018), IEEE Reviews in Biomedical Engineering 11, 2-20.
    .. [3] Grossman, van Beek & Wientjes (1990), Psychophysiology 27(6), 702-714.

    Examples
    --------
    >>> import numpy as np
    >>> windows = -np.cos(2 * np.pi * 0.25 * np.arange(0, 60, 1 / 25))[np.newaxis]
    >>> features = RespirationFeatures(rate=25.0).set_output(transform="pandas").fit_transform(windows)
    >>> features.loc[0, ["rate_mean_per_min", "inhale_mean_s", "quality"]].round(1).tolist()
    [15.0, 2.0, 1.0]
    """

    modality = "respiration"
    kinds = ("respiration", "ecg", "bvp")
    version = 3
    companions = ("ecg", "bvp")
    feature_names = (
        *RESPIRATION, "rate_spectral_per_min", "rsa_ms", "ln_rsa", "quality_present", "quality_unclipped",
        "quality_varying", "quality_coverage", "quality_spectral", "quality_belt", "quality",
    )  # fmt: skip

    def __init__(self, rate=25.0, *, signal="respiration", inhalation="up", min_breaths=3):
        self.rate = rate
        self.signal = signal
        self.inhalation = inhalation
        self.min_breaths = min_breaths

    def _from_windows(self, windows, rate):
        """Each window on its own."""
        kind = check_choice(self.signal, name="signal", choices=self.kinds)
        rows, window_s = windows[:, 0], windows.shape[-1] / rate
        if kind != "respiration":
            parts = [_modulations(row, rate, kind, np.zeros(1), window_s) for row in rows]
            return self._of_beats(rows, rate, [np.concatenate(part) for part in zip(*parts, strict=True)], window_s)
        level, coarse, rate, first_s = self._breathing(rows, rate)
        found, counts = breaths_of_rows(level, rate)
        found[:, :, :4] += first_s
        tables = [row[:count] for row, count in zip(found, counts, strict=True)]
        rsa = np.full((len(rows), 2), np.nan)
        is_fast = is_pulse(level, rate, SMOOTH_HZ)
        if len(rows) and is_fast.all():
            warnings.warn(
                "every window's strongest rhythm is above 40 per minute: it looks like a pulse, not a belt. Say what "
                "the windows hold by signal='bvp' or signal='ecg', and check the rate.",
                QualityWarning,
                stacklevel=4,
            )
        summaries = [self._statistics(table, np.zeros(1), window_s) for table in tables]  # none sees another's breaths
        summary = [np.concatenate(part) for part in zip(*summaries, strict=True)]
        return self._of_belt(summary, level, coarse, rate, rsa, is_fast)

    def _from_stream(self, stream, starts_s, window_s, companions):
        """Breaths or beats of the whole recording, then windows of them."""
        kind = stream.kind if stream.kind in self.kinds else self.signal
        if kind != "respiration":
            # An empty stream has no start: no beats either, so any offset serves.
            start_s = stream.start_s if stream.n_times else 0.0
            parts = _modulations(stream.values[0], stream.rate, kind, starts_s - start_s, window_s)
            return self._of_beats(cut(stream, starts_s, window_s)[:, 0], stream.rate, parts, window_s)
        level, coarse, rate, first_s = self._breathing(stream.values, stream.rate)
        first_s += stream.start_s if stream.n_times else 0.0
        found, counts = breaths_of_rows(level, rate)
        table = found[0, : counts[0]]
        table[:, :4] += first_s
        rsa = self._rsa(table, companions, starts_s, window_s)
        whole = Stream.regular(np.concatenate([level, coarse]), rate, start_s=first_s)
        level, coarse = np.ascontiguousarray(cut(whole, starts_s, window_s).swapaxes(0, 1))
        summary = self._statistics(table, starts_s, window_s)
        return self._of_belt(summary, level, coarse, rate, rsa, is_pulse(level, rate, SMOOTH_HZ))

    def _lack(self, kind):
        """What windows without features lack."""
        of_beats = f"breathing rhythm that stands out in the beats of {kind}"
        return super()._lack(kind) if kind == "respiration" else of_beats

    def _first_calls(self, stream):
        """What works on beats waits for the beats: compiled apart from them it would compile them a second time."""
        return super()._first_calls(stream) if stream.kind == "respiration" else []

    def _breathing(self, rows, rate):
        """Rows of a belt at the working rate, smoothed and as they are; that rate, and the time of the first sample."""
        rate = check_rate(rate, low=SLOWEST_RATE)
        inhalation = check_choice(self.inhalation, name="inhalation", choices=["up", "down"])
        coarse, rate, first_s = at_working_rate(rows if inhalation == "up" else -rows, rate)
        return smoothed(coarse, rate), coarse, rate, first_s

    def _statistics(self, table, starts_s, window_s):
        """Statistics of the breaths in each window, and its share in them."""
        min_breaths = check_count(self.min_breaths, name="min_breaths", low=1)
        return statistics_of_windows(table, starts_s, window_s, min_breaths)

    def _of_belt(self, summary, level, coarse, rate, rsa, is_fast):
        """Features of windows of breaths; `level` and `coarse` are the windows, smoothed and as they were."""
        statistics, coverage = summary
        spectral, purity = rate_of_windows(level, rate, LOW_HZ, HIGH_HZ)
        is_there = np.isfinite(coarse).any(axis=-1)
        sound = [
            present_share(coarse),
            unclipped_share(coarse, min_run=max(int(_CLIPPED_S * rate), 3)),
            varying_share(coarse, rate, min_flat_s=_STUCK_S),
        ]
        quality = np.prod(sound, axis=0) * _ramp(purity)
        quality[is_fast] = 0.0
        spectral[is_fast] = rsa[is_fast] = np.nan
        statistics[is_fast & np.isfinite(statistics[:, 0])] = np.nan  # without a breath: the share of an apnoea stays
        return np.column_stack([statistics, spectral, rsa, *sound, coverage, purity, is_there, quality])

    def _rsa(self, table, companions, starts_s, window_s):
        """Mean respiratory sinus arrhythmia in ms of the breaths in each window, and its logarithm."""
        out = np.full((starts_s.size, 2), np.nan)
        usable = (k for k in self.companions if k in companions and companions[k].rate >= _LEAST_RATES[k])
        kind = next(usable, None)
        if kind is None or not len(table):
            return out
        other = companions[kind].on_grid()
        beats, rr_ms = _beats(other.values[0], other.rate, kind)
        rsa_ms = rsa_of_table(beats.beats_s + other.start_s, rr_ms, table)
        firsts = np.searchsorted(table[:, 0], starts_s)
        lasts = np.maximum(np.searchsorted(table[:, 2], starts_s + window_s, side="right"), firsts)
        is_told = np.isfinite(rsa_ms)
        sums, counts = (np.concatenate([[0.0], np.cumsum(x)]) for x in (np.where(is_told, rsa_ms, 0.0), is_told))
        total, count = sums[lasts] - sums[firsts], counts[lasts] - counts[firsts]
        is_enough = count >= check_count(self.min_breaths, name="min_breaths", low=1)
        out[is_enough, 0] = total[is_enough] / count[is_enough]
        is_positive = out[:, 0] > 0.0  # a heart that does not follow breath has no logarithm of it
        out[is_positive, 1] = np.log(out[is_positive, 0])
        return out

    def _of_beats(self, rows, rate, parts, window_s):
        """Features of windows of beats; `rows` are the raw windows."""
        rate_per_min, purity, coverage = fused_rates(*parts, window_s)
        ramp = _ramp(purity)
        rate_per_min[ramp == 0.0] = np.nan
        features = np.full((len(rows), len(self.feature_names)), np.nan)
        features[:, self.feature_names.index("rate_spectral_per_min")] = rate_per_min
        sound = [present_share(rows), unclipped_share(rows), varying_share(rows, rate, min_flat_s=_STUCK_S)]
        is_belt = np.zeros(len(rows))
        features[:, -7:] = np.column_stack([*sound, coverage, purity, is_belt, coverage * ramp])
        return features


def _beats(wave, rate, kind):
    """Beats of an ECG or a pulse wave, and their intervals that survive."""
    beats = beats_of(wave, rate, kind)
    return beats, nn_intervals(beats.beats_s, beats.quality, min_quality=_MIN_BEAT_QUALITY)


def _modulations(wave, rate, kind, starts_s, window_s):
    """Modulations, mean interval and coverage of windows of one wave."""
    beats, rr_ms = _beats(wave, rate, kind)
    is_good = (beats.quality >= _MIN_BEAT_QUALITY) & (beats.amplitude > 0.0)
    series = (beats.amplitude, beat_baseline(wave, rate, beats.beats_s))
    series = [np.where(is_good, values, np.nan) for values in series]
    return modulation_grids(beats.beats_s, rr_ms, series, starts_s, window_s, is_one_unit=True)


def _ramp(purity):
    """Purity from what noise has, 0, to what breathing has, 1."""
    low, high = _PURITIES
    return np.clip((purity - low) / (high - low), 0.0, 1.0)
