"""How much each beat resembles the others, whatever the signal: the basis of beat quality."""

import numpy as np

from ..._parallel import over_windows
from ...kernels.cardiac.template import correlate_windows_with_templates, correlate_with_template


def template_correlation(values, centres, before, after):
    """Correlation of every beat with the typical beat of its row.

    The template is the mean of the better half of the row's beats, found in three rounds that begin with their median,
    so that a minority of noise cannot become the template (after Orphanidou [1]_). A beat that is part of the template
    is compared with the template made without it.

    Parameters
    ----------
    values : ndarray of shape (n_times,) or (n_rows, n_times)
        Filtered signal in any unit.
    centres : ndarray of int of shape (n_beats,) or (n_rows, n_beats)
        Sample of each beat's fiducial point; entries below 0 are no beats (padding).
    before, after : int
        Samples of the beat before and after its centre.

    Returns
    -------
    ndarray of the shape of `centres`
        Pearson correlation from -1 to 1: 0 where the signal round the beat is constant or missing, where more than half
        of the beat lies outside, and for a beat with no other to compare with; NaN where there is no beat.

    References
    ----------
    .. [1] Orphanidou et al. (2015), IEEE J. Biomedical and Health Informatics 19(3), 832-838.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.tile([0.0, 1.0, 3.0, 1.0, 0.0, 0.0], 5)
    >>> values[18:] *= -1.0
    >>> template_correlation(values, np.array([2, 8, 14, 20, 26]), 2, 2).round(2).tolist()
    [1.0, 1.0, 1.0, -1.0, -1.0]
    """
    values = np.ascontiguousarray(values, dtype=np.float64)
    centres = np.ascontiguousarray(centres, dtype=np.int64)
    correlation = np.empty(centres.shape)
    if values.ndim == 1:
        correlate_with_template(values, centres, before, after, correlation)
    else:
        over_windows(correlate_windows_with_templates, len(values), values, centres, before, after, correlation)
    return correlation
