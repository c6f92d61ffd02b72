"""Names of the indices of heart rate variability in their fixed order, and how much of a series each needs."""

from types import MappingProxyType

import numpy as np

from ...kernels.cardiac import nonlinear
from ...kernels.cardiac.frequency_domain import HRV_FREQUENCY
from ...kernels.cardiac.time_domain import HRV_TIME

HRV_LOMB = tuple(f"lomb_{name}" for name in HRV_FREQUENCY)
HRV_NONLINEAR = ("sd1_ms", "sd2_ms", "sd1_sd2", "ellipse_area_ms2", "csi", "cvi", *nonlinear.PATTERNS)

#: Groups of indices that are computed together or not at all.
GROUPS = MappingProxyType({"time": HRV_TIME, "frequency": HRV_FREQUENCY, "lomb": HRV_LOMB, "nonlinear": HRV_NONLINEAR})

#: Flags, and the index that each vouches for: 1 where a window is long and whole enough for it.
FLAGS = MappingProxyType(
    {
        "valid_time": "mean_nn_ms",
        "valid_geometric": "triangular_index",
        "valid_vlf": "vlf_ms2",
        "valid_lf": "lf_ms2",
        "valid_hf": "hf_ms2",
        "valid_lomb_vlf": "lomb_vlf_ms2",
        "valid_lomb_lf": "lomb_lf_ms2",
        "valid_lomb_hf": "lomb_hf_ms2",
        "valid_nonlinear": "sampen",
    }
)

#: All indices of :func:`hrv` in their fixed order.
HRV = (*HRV_TIME, *HRV_FREQUENCY, *HRV_LOMB, *HRV_NONLINEAR, *FLAGS)

_VLF_S, _LF_S, _HF_S = 300.0, 120.0, 60.0


def _minima():
    """Least length in s and fewest trusted intervals of each index."""
    minima = {name: (0.0, 1) for names in GROUPS.values() for name in names}
    minima |= dict.fromkeys(("triangular_index", "tinn_ms"), (300.0, 1))
    lengths_s = {"vlf_ms2": _VLF_S, "total_ms2": _VLF_S, "vlf_peak_hz": _VLF_S, "hf_ms2": _HF_S, "hf_peak_hz": _HF_S}
    for name in HRV_FREQUENCY:
        minima[name] = minima[f"lomb_{name}"] = lengths_s.get(name, _LF_S), 1
    minima |= {name: (0.0, fewest) for name, fewest in zip(nonlinear.PATTERNS, nonlinear.FEWEST, strict=True)}
    return minima


#: Least length in seconds and fewest trusted intervals of each index, flags apart. With less it is NaN, and so is every
#: index with fewer intervals than the argument `min_intervals`.
HRV_MINIMA = MappingProxyType(_minima())

#: Of each column of `HRV` the least length, the fewest intervals (none for flags), and whether gaps may not cut it.
LEAST_S = np.array([HRV_MINIMA.get(name, (0.0, 0))[0] for name in HRV])
FEWEST = np.array([HRV_MINIMA.get(name, (0.0, 0))[1] for name in HRV])
IS_UNBROKEN = np.array([name in HRV_FREQUENCY for name in HRV])
#: Which columns of `HRV` belong to each group; a flag belongs where its index does.
COLUMNS = {group: np.array([FLAGS.get(name, name) in names for name in HRV]) for group, names in GROUPS.items()}
#: Where in `HRV` the indices of each group and the flags are.
PLACES = {group: slice(HRV.index(names[0]), HRV.index(names[-1]) + 1) for group, names in GROUPS.items()}
FLAG_PLACE = slice(len(HRV) - len(FLAGS), len(HRV))
FLAGGED = np.array([HRV.index(name) for name in FLAGS.values()])
