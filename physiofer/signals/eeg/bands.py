"""The frequency bands of EEG, and what a band must be to be measured."""

from collections.abc import Mapping
from types import MappingProxyType

from ..._validate import check_number, check_rate
from ...exceptions import InvalidArgumentError

#: Name of each band and its edges in Hz.
BANDS = MappingProxyType(
    {"delta": (1.0, 4.0), "theta": (4.0, 8.0), "alpha": (8.0, 13.0), "beta": (13.0, 30.0), "gamma": (30.0, 45.0)}
)

_ROUNDING = 1e-9  # of the rate: 1 / (4.0 * 128) / 128 is not exactly 4 s


def check_bands(bands, rate, resolution_hz=0.0):
    """Return `bands` as a dict of names and edges in Hz, each band below Nyquist and as wide as the resolution.

    Parameters
    ----------
    bands : mapping of str to pair of float
        Name of each band, and its low and high edge in Hz.
    rate : float
        Sampling rate in Hz.
    resolution_hz : float, default=0
        The narrowest band that can be told from its neighbours: of a window, 1 / its length in s.

    Returns
    -------
    dict of str to tuple of float
        In the order given.

    Raises
    ------
    InvalidArgumentError
        If there is no band, or one has no two edges with 0 <= low < high < rate / 2, or is narrower than
        `resolution_hz`: the message names the band.

    Examples
    --------
    >>> check_bands({"alpha": (8, 13)}, 128.0)
    {'alpha': (8.0, 13.0)}
    """
    rate = check_rate(rate)
    if not isinstance(bands, Mapping) or not bands:
        raise InvalidArgumentError(f"bands={bands!r} must name at least one band, as in {{'alpha': (8, 13)}}.")
    return {_check_name(name): _check_edges(name, edges, rate, resolution_hz) for name, edges in bands.items()}


def _check_name(name):
    if not isinstance(name, str) or not name:
        raise InvalidArgumentError(f"bands: the name {name!r} of a band must be a string that is not empty.")
    return name


def _check_edges(name, edges, rate, resolution_hz):
    """Low and high edge of one band as floats."""
    try:
        low_hz, high_hz = edges
    except (TypeError, ValueError):
        raise InvalidArgumentError(f"bands: {name}={edges!r} must be a pair (low_hz, high_hz).") from None
    low_hz = check_number(low_hz, name=f"bands: the low edge of {name}", low=0.0)
    high_hz = check_number(high_hz, name=f"bands: the high edge of {name}", low=0.0)
    if not low_hz < high_hz:
        raise InvalidArgumentError(
            f"bands: {name}=({low_hz:g}, {high_hz:g}) must have its low edge below its high edge."
        )
    if high_hz >= 0.5 * rate:
        reach = f"bands: {name}=({low_hz:g}, {high_hz:g}) Hz reaches rate/2={0.5 * rate:g} Hz (Nyquist)"
        raise InvalidArgumentError(f"{reach}; lower its high edge or leave it out.")
    if high_hz - low_hz < resolution_hz - _ROUNDING * rate:
        width = f"bands: {name}=({low_hz:g}, {high_hz:g}) Hz is narrower than the {resolution_hz:g} Hz that the window"
        raise InvalidArgumentError(f"{width} of {1.0 / resolution_hz:g} s resolves; lengthen it or widen the band.")
    return low_hz, high_hz
