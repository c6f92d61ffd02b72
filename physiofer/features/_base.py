"""What all window transformers share: input checks, names, and the path through a whole recording."""

from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .._validate import check_rate, check_windows, unmasked
from ..exceptions import InvalidArgumentError
from ..windows import cut

# For rows without NaN: the same reduction, many times faster.
_WHOLE = {
    np.nanmean: np.mean,
    np.nanstd: np.std,
    np.nanmin: np.min,
    np.nanmax: np.max,
    np.nanpercentile: np.percentile,
}

_NOISE_S = 20.0


class WindowFeatures(TransformerMixin, BaseEstimator):
    """Base of the transformers that turn raw windows of one sensor into named features.

    A subclass sets ``modality`` (name of its block), ``kinds`` (of the streams it can read, the best one first),
    ``companions`` (kinds of further streams that it makes use of where they are there), ``n_channels``,
    ``feature_names`` (those that tell quality come last, see :func:`is_quality`), ``restatements`` (those that are by
    definition another one, shifted and scaled, by the name of that one) and writes ``_from_windows``; it overrides
    ``_from_stream`` where whole recordings deserve more than cutting. The science is stateless: ``fit`` only checks
    the input.
    """

    modality = ""
    kinds = ()
    companions = ()
    n_channels = 1
    feature_names = ()
    restatements = MappingProxyType({})
    version = 1  # part of every cache key: raise it when the numbers change

    def fit(self, X, y=None):
        """Check the input; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_windows, n_times) or (n_windows, n_channels, n_times)
            Raw windows.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        self._windows(X, reset=True)
        check_rate(self.rate)
        return self

    def transform(self, X):
        """Compute the features of each window.

        Parameters
        ----------
        X : array-like of shape (n_windows, n_times) or (n_windows, n_channels, n_times)
            Raw windows; missing samples are NaN, infinite or masked.

        Returns
        -------
        ndarray of shape (n_windows, n_features)
            Columns as :meth:`get_feature_names_out`; NaN where a window does not carry the feature.
        """
        check_is_fitted(self)
        return self._from_windows(self._windows(X, reset=False), check_rate(self.rate))

    def transform_stream(self, stream, starts_s, window_s, companions=None):
        """Compute the features of windows of a whole recording: filters and detectors run once, then windows are cut.

        Away from the ends of the recording the answer is that of :meth:`transform` on the cut windows, but for what a
        filter sees beyond a window's edges.

        Parameters
        ----------
        stream : Stream
            The sensor; its own rate is used.
        starts_s : array-like of shape (n_windows,)
            Start of each window in seconds on the recording's clock.
        window_s : float
            Length of the windows in seconds.
        companions : dict of str to Stream, optional
            Further streams of the same recording by kind, out of ``companions`` of the class.

        Returns
        -------
        ndarray of shape (n_windows, n_features)

        Raises
        ------
        InvalidArgumentError
            If the stream has another number of channels or no rate, `starts_s` is not a vector of finite numbers, or
            `window_s` not a length.
        """
        if stream.n_channels != self.n_channels:
            raise InvalidArgumentError(
                f"the {stream.kind or self.kinds[0]} stream has {stream.n_channels} channels; {type(self).__name__} "
                f"takes {self.n_channels}."
            )
        starts_s, window_s = check_windows(starts_s, window_s)
        return self._from_stream(stream.on_grid(), starts_s, window_s, companions or {})

    def for_recording(self, recording):
        """The transformer for the windows of one recording: itself, unless its features depend on what is recorded.

        Parameters
        ----------
        recording : Recording

        Returns
        -------
        WindowFeatures
        """
        return self

    def get_feature_names_out(self, input_features=None):
        """Names of the features, always the same and in the same order.

        Parameters
        ----------
        input_features : None
            Ignored: the features have names of their own.

        Returns
        -------
        ndarray of str
        """
        return np.asarray(self.feature_names, dtype=object)

    def _check_options(self):
        """Refuse parameters that are wrong whatever the data."""

    def _windows(self, X, *, reset):
        """X as float64 windows (n_windows, n_channels, n_times), NaN where samples are missing, masked or infinite."""
        X = validate_data(
            self, unmasked(X), reset=reset, dtype=np.float64, order="C", allow_nd=True, ensure_all_finite=False
        )
        is_infinite = np.isinf(X)
        if is_infinite.any():
            X = np.where(is_infinite, np.nan, X)
        if X.ndim == 2 and self.n_channels == 1:
            X = X[:, np.newaxis, :]
        if X.ndim != 3 or X.shape[1] != self.n_channels:
            wanted = "(n_windows, n_times) or " if self.n_channels == 1 else ""
            raise InvalidArgumentError(
                f"X has shape {X.shape}; it must be {wanted}(n_windows, {self.n_channels}, n_times)."
            )
        if not X.shape[2]:
            raise InvalidArgumentError(f"X has shape {X.shape}: its windows hold 0 samples; they must hold at least 1.")
        return X

    def _from_stream(self, stream, starts_s, window_s, companions):
        """Features of windows cut from a regular stream."""
        return self._from_windows(cut(stream, starts_s, window_s), stream.rate)

    def _lack(self, kind):
        """What windows of a stream lack if they have no features."""
        return f"usable {kind}"

    def _first_calls(self, stream):
        """Calls without arguments that have compiled, between them, what streams like this one need.

        They serve where several processes start at once, each of which would else compile everything for itself.
        """
        return [partial(self.transform_stream, noise_like(stream), [0.0], _NOISE_S)]

    def _from_windows(self, windows, rate):
        """Features of raw windows (n_windows, n_channels, n_times)."""
        raise NotImplementedError

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = self.n_channels == 1
        tags.requires_fit = True
        return tags


def noise_like(stream):
    """A stream of the same kind, rate and channels, from 0 s on, that holds twenty seconds of noise."""
    values = np.random.default_rng(0).standard_normal((stream.n_channels, max(int(_NOISE_S * stream.rate), 2)))
    return replace(stream, values=values, times_s=np.arange(values.shape[1]) / stream.rate)


def is_quality(name):
    """Whether a feature tells how far the others can be trusted: ``quality``, or a part of it, ``quality_...``."""
    return name == "quality" or name.startswith("quality_")


def present_share(values):
    """Share of each window's samples that are there, 0 to 1, over the last axis."""
    return np.isfinite(values).mean(axis=-1)


def is_flat(values):
    """Whether each window shows one value throughout, as a dead sensor does."""
    return quiet_nan(np.nanmax, values) == quiet_nan(np.nanmin, values)


def quiet_nan(function, values, **options):
    """A NaN-skipping NumPy reduction over the last axis without its warnings; empty rows give NaN."""
    values = np.asarray(values)
    rows = values.reshape(-1, values.shape[-1])
    there = np.isfinite(rows)
    is_whole = there.all(axis=1) if rows.size else np.zeros(len(rows), dtype=bool)
    is_partial = there.any(axis=1) & ~is_whole
    out = np.full(len(rows), np.nan)
    if is_whole.any():
        out[is_whole] = _WHOLE[function](rows[is_whole], axis=-1, **options)
    if is_partial.any():
        out[is_partial] = function(rows[is_partial], axis=-1, **options)
    return out.reshape(values.shape[:-1])
