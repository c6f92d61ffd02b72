"""The convex decomposition of skin conductance of Greco et al. (2016)."""

from typing import NamedTuple

import numpy as np

from ..._parallel import over_windows
from ..._validate import check_number, check_rate, check_samples
from ...kernels.eda.cvxeda import decompose_rows
from .clean import SLOWEST_RATE

_TOLERANCE = 1e-7  # duality gap as a share of the objective


class EDAComponents(NamedTuple):
    """Tonic level and phasic activity in µS and the driver of the latter in µS/s, each of the shape of the input."""

    tonic: np.ndarray
    phasic: np.ndarray
    driver: np.ndarray

    def __repr__(self):
        return f"<EDAComponents: tonic, phasic, driver of shape {np.shape(self.tonic)}>"


def cvxeda(eda_us, rate, *, slow_s=2.0, fast_s=0.7, knot_s=10.0, alpha=8e-4, gamma=1e-2, scale_us=None):
    r"""Tonic level, phasic activity and its sparse driver by convex optimisation.

    The signal is phasic activity, tonic level and noise [1]_:

    .. math:: y = Mq + B\ell + Cd + \varepsilon .

    *Phasic.* The driver :math:`p \ge 0` (sudomotor nerve activity, in µS/s) passes through the Bateman function
    :math:`h(t) = e^{-t/\tau_0} - e^{-t/\tau_1}`, of Laplace transform :math:`1/(s+a_0) - 1/(s+a_1)` with :math:`a_i =
    1/\tau_i`. The bilinear transform at the sampling step :math:`\delta` makes of it

    .. math:: H(z) = \frac{(1+z^{-1})^2}{\psi + \theta z^{-1} + \zeta z^{-2}}, \qquad
              \psi = \frac{(a_1\delta+2)(a_0\delta+2)}{(a_1-a_0)\delta^2},\quad
              \theta = \frac{2a_1a_0\delta^2-8}{(a_1-a_0)\delta^2},\quad
              \zeta = \frac{(a_1\delta-2)(a_0\delta-2)}{(a_1-a_0)\delta^2} .

    With an auxiliary series q, :math:`p = Aq` and :math:`r = Mq`, where A and M are lower triangular with
    :math:`\psi, \theta, \zeta` and 1, 2, 1 on three diagonals: the skin rests before the first sample, and the phasic
    part is never negative.

    *Tonic.* The columns of B are the cubic B-splines on knots every `knot_s`, from the first sample on, that reach into
    the recording; C holds an offset and a straight line.

    *Programme.* With y of zero mean and unit standard deviation,

    .. math:: \min_{q,\ell,d}\ \tfrac12 \|Mq + B\ell + Cd - y\|^2 + \alpha \|Aq\|_1 + \tfrac\gamma2 \|\ell\|^2
              \quad\text{subject to}\quad Aq \ge 0 ,

    and the answer is scaled back, so that it scales with the signal. Missing samples are left out of the first sum.
    The solver is an interior-point method of cost O(n) per step; it stops where the duality gap proves the objective
    to be within 1e-7 of the optimum.

    Parameters
    ----------
    eda_us : array-like of shape (..., n_times)
        Skin conductance in µS; NaN where there was no contact. Every row is a recording of its own.
    rate : float
        Sampling rate in Hz, at least 1.
    slow_s, fast_s : float, default=2, 0.7
        Time constants of the response, :math:`\tau_0` and :math:`\tau_1`, in seconds.
    knot_s : float, default=10
        Distance of the knots of the tonic spline in seconds.
    alpha : float, default=8e-4
        Price of the driver: the larger, the sparser.
    gamma : float, default=1e-2
        Price of the spline's coefficients.
    scale_us : float, optional
        What the signal is divided by before the programme is set up, in µS; by default its standard deviation, as in
        the paper. With a fixed scale `alpha` means the same in a short window and in a long recording.

    Returns
    -------
    EDAComponents
        ``tonic``, ``phasic`` (µS) and ``driver`` (µS/s); NaN where the input was. A response of height 1 µS takes a
        driver whose integral over time is 1 / max h = 2.71 µS.

    Raises
    ------
    InvalidArgumentError
        If the rate is below 1 Hz, or a parameter not positive or too fast for the rate.

    Notes
    -----
    *Gaps.* Nothing is interpolated. Inside a short gap the model runs on; a driver there is possible, but costs. Where
    more than four knot distances (40 s) are missing no spline sees both sides, and the stretches before and after are
    solved one by one, with a drift each: only mean and standard deviation are shared. One or two samples alone are all
    tonic.

    *Rate.* The driver is a density in time, so that both the data term and the price of the driver grow with the number
    of samples per second: the balance between the two does not depend on the rate. The price of the coefficients does
    not grow, and matters less the higher the rate (it is small at 4 Hz already). The mean driver of the same skin is 3
    to 15 % larger at 4 Hz than at 128 Hz, and within 1 % of it at 32 Hz; at 1 Hz the bilinear image of a response is
    coarse, and the driver up to four times as large.

    *Edges.* A response under way when the recording begins has no driver to explain it, and is taken for level and
    noise; so is one in its rise at the end. Expect 10 s at either end to be less sure.

    References
    ----------
    .. [1] Greco, Valenza, Lanata, Scilingo & Citi (2016), IEEE Trans. Biomedical Engineering 63(4), 797-804.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.arange(0, 60, 0.25)
    >>> since = np.clip(times - 20, 0, None)
    >>> eda = 2 + 0.01 * times + np.exp(-since / 2) - np.exp(-since / 0.7)
    >>> parts = cvxeda(eda, 4.0)
    >>> float(times[np.argmax(parts.driver)]), round(float(parts.driver.sum() / 4.0), 1)
    (20.0, 1.1)
    """
    eda_us = check_samples(eda_us, name="eda_us")
    rate = check_rate(rate, low=SLOWEST_RATE)
    fast_s = check_number(fast_s, name="fast_s", low=0.5 / rate)
    slow_s = check_number(slow_s, name="slow_s", low=fast_s, low_open=True)
    knot_s = check_number(knot_s, name="knot_s", low=4.0 / rate)
    alpha = check_number(alpha, name="alpha", low=0.0, low_open=True)
    gamma = check_number(gamma, name="gamma", low=0.0, low_open=True)
    scale = 0.0 if scale_us is None else check_number(scale_us, name="scale_us", low=0.0, low_open=True)
    rows = eda_us.reshape(int(np.prod(eda_us.shape[:-1])), eda_us.shape[-1])
    parts = np.empty((3, *rows.shape))
    settings = (scale, rate, slow_s, fast_s, knot_s * rate, alpha, gamma, _TOLERANCE)
    over_windows(decompose_rows, len(rows), rows, *settings, parts)
    return EDAComponents(*parts.reshape(3, *eda_us.shape))
