"""Skin conductance level and responses of windows, as a scikit-learn transformer."""

import numpy as np

from .._validate import check_number
from ..kernels.eda.scr import mark_responses
from ..kernels.eda.windows import PARTS, STATISTICS, window_statistics
from ..signals.eda import clean_eda, decompose, eda_symp
from ..signals.eda.clean import HIGH_US, LOW_US, SLOWEST_RATE, smoothed
from ..signals.quality import in_range_share, present_share, varying_share
from ..windows import cut
from ._base import WindowFeatures, is_flat
