"""Heart rate variability the obvious way: definitions written out, slow, and without a line of physiofer."""

import itertools
import math
import statistics

import numpy as np

BIN_MS = 1000 / 128
BANDS_HZ = ((0.0033, 0.04), (0.04, 0.15), (0.15, 0.4))
NAN = math.nan


def known(rr_ms):
    """The intervals that survived."""
    return [rr for rr in rr_ms if math.isfinite(rr)]


def differences(rr_ms):
    """Successive differences; none crosses a rejected interval."""
    return [b - a for a, b in itertools.pairwise(rr_ms) if math.isfinite(a) and math.isfinite(b)]


def deviation(values):
    """Standard deviation with ddof 1, NaN for fewer than two values."""
    return statistics.stdev(values) if len(values) > 1 else NAN


# time domain


def hrv_time(rr_ms, duration_s, min_intervals):
    """Every time-domain index from its definition."""
    nn, steps = known(rr_ms), differences(rr_ms)
    rates = [60000 / rr for rr in nn]
    mean = sum(nn) / len(nn)
    has_steps = len(steps) >= max(min_intervals // 2, 1)
    shape = histogram_shape(nn) if duration_s >= 300 else (NAN, NAN)
    rmssd = math.sqrt(sum(step**2 for step in steps) / len(steps)) if has_steps else NAN
    return {
        "mean_nn_ms": mean,
        "median_nn_ms": statistics.median(nn),
        "sdnn_ms": deviation(nn),
        "rmssd_ms": rmssd,
        "sdsd_ms": deviation(steps) if has_steps else NAN,
        "pnn20": sum(abs(step) > 20.001 for step in steps) / len(steps) if has_steps else NAN,
        "pnn50": sum(abs(step) > 50.001 for step in steps) / len(steps) if has_steps else NAN,
        "mad_nn_ms": statistics.median(abs(rr - statistics.median(nn)) for rr in nn),
        "iqr_nn_ms": float(np.subtract(*np.percentile(nn, [75, 25]))),
        "range_nn_ms": max(nn) - min(nn),
        "cvnn": deviation(nn) / mean,
        "cvsd": rmssd / mean,
        "hr_mean_bpm": sum(rates) / len(rates),
        "hr_min_bpm": min(rates),
        "hr_max_bpm": max(rates),
        "hr_sd_bpm": deviation(rates),
        "triangular_index": shape[0],
        "tinn_ms": shape[1],
    }


def histogram_shape(nn):
    """Triangular index and TINN: every pair of feet of the triangle is tried, squared errors summed over all bins."""
    bins = [math.floor((rr + 0.001) / BIN_MS) for rr in nn]
    counts = {b: bins.count(b) for b in range(min(bins) - 1, max(bins) + 2)}
    height = max(counts.values())
    mode = min(b for b in counts if counts[b] == height)

    def side(b, foot):
        return height * (b - foot) / (mode - foot)

    def error(left, right):
        total = 0.0
        for b, count in counts.items():
            inside = left < b < right
            line = side(b, left if b <= mode else right) if inside else 0.0
            total += (count - line) ** 2
        return total

    feet = [(m, n) for m in range(min(counts), mode) for n in range(mode + 1, max(counts) + 1)]
    best = min(feet, key=lambda pair: (round(error(*pair), 9), pair[1] - pair[0]))
    return len(nn) / height, (best[1] - best[0]) * BIN_MS


# when, and how whole


def stretches(beats_s, rr_ms):
    """Trusted intervals (indices) in groups that gaps of more than 5 s part."""
    groups = []
    for i, rr in enumerate(rr_ms):
        if math.isfinite(rr):
            if not groups or beats_s[i] - beats_s[groups[-1][-1] + 1] > 5:
                groups.append([])
            groups[-1].append(i)
    return groups


def reach(beats_s, first, last):
    """Seconds from interval `first` to `last`, with rejected ones at an edge of the series if they last up to 5 s."""
    start, stop = beats_s[first], beats_s[last + 1]
    start = beats_s[0] if start - beats_s[0] <= 5 else start
    stop = beats_s[-1] if beats_s[-1] - stop <= 5 else stop
    return stop - start


# frequency domain


def tachogram(beats_s, rr_ms, group):
    """Values at 4 Hz and whether each stands in a gap: natural splines, straight over gaps above 1.5 of them."""
    runs = [[group[0]]]
    for before, i in itertools.pairwise(group):
        if beats_s[i] - beats_s[before + 1] > 1.5 * (rr_ms[before] + rr_ms[i]) / 2 / 1000:
            runs.append([])
        runs[-1].append(i)
    pieces = []  # (start, stop, function)
    for run in runs:
        at, values = [beats_s[i + 1] for i in run], [rr_ms[i] for i in run]
        pieces.append((at[0], at[-1], natural_spline(at, values)))
    for before, after in itertools.pairwise(runs):
        start, stop = beats_s[before[-1] + 1], beats_s[after[0] + 1]
        pieces.append((start, stop, natural_spline([start, stop], [rr_ms[before[-1]], rr_ms[after[0]]])))
    start, stop = beats_s[group[0] + 1], beats_s[group[-1] + 1]
    times = [start + k / 4 for k in range(math.floor((stop - start) * 4 + 1e-6) + 1)]
    values = [next(curve(t) for a, b, curve in pieces if a <= t <= b or t > stop) for t in times]
    gaps = [(beats_s[i + 1], beats_s[j]) for i, j in itertools.pairwise(group) if j > i + 1]
    return values, [any(a + 1e-9 < t < b - 1e-9 for a, b in gaps) for t in times]


def natural_spline(at, values):
    """The cubic spline with no bend at its ends, by solving all its equations at once."""
    n = len(at)
    equations, turns = np.eye(n), np.zeros(n)
    for p in range(1, n - 1):
        before, after = at[p] - at[p - 1], at[p + 1] - at[p]
        equations[p, p - 1 : p + 2] = before / 6, (before + after) / 3, after / 6
        turns[p] = (values[p + 1] - values[p]) / after - (values[p] - values[p - 1]) / before
    bend = np.linalg.solve(equations, turns)

    def curve(t):
        p = max(min(int(np.searchsorted(at, t, side="right")) - 1, n - 2), 0)
        if n == 1:
            return values[0]
        width = at[p + 1] - at[p]
        a, b = (at[p + 1] - t) / width, (t - at[p]) / width
        bent = (a**3 - a) * bend[p] + (b**3 - b) * bend[p + 1]
        return a * values[p] + b * values[p + 1] + bent * width**2 / 6

    return curve


def detrended(times, values):
    """Values less their straight line of least squares."""
    line = np.polyfit(np.asarray(times) - np.mean(times), values, 1)
    return [v - np.polyval(line, t - np.mean(times)) for t, v in zip(times, values, strict=True)]


def welch(beats_s, rr_ms, high_hz=0.4):
    """(spacing, {k: density}), or None without a segment: mean of one-sided periodograms, each from its Fourier sum."""
    groups = stretches(beats_s, rr_ms)
    curves = [tachogram(beats_s, rr_ms, group) for group in groups]
    length = min(max(len(values) for values, _ in curves), 1200)
    taper = [0.5 - 0.5 * math.cos(2 * math.pi * t / length) for t in range(length)]
    last = min(math.floor(high_hz * length / 4 + 0.5), (length - 1) // 2)
    spectra = []
    for values, bridged in curves:
        for start in range(0, len(values) - length + 1, length - length // 2):
            if length < 4 or sum(bridged[start : start + length]) > 0.2 * length:
                continue
            rest = detrended(range(length), values[start : start + length])
            part = [v * w for v, w in zip(rest, taper, strict=True)]
            sums = [
                sum(v * complex(math.cos(a), -math.sin(a)) for v, a in zip(part, angles, strict=True))
                for angles in ([2 * math.pi * k * t / length for t in range(length)] for k in range(1, last + 1))
            ]
            spectra.append([2 * abs(s) ** 2 / (4 * sum(w * w for w in taper)) for s in sums])
    if not spectra:
        return None
    return 4 / length, {k + 1: sum(column) / len(spectra) for k, column in enumerate(zip(*spectra, strict=True))}


def lomb(beats_s, rr_ms, high_hz=0.4):
    """(spacing, {k: density}, limit) or None: Lomb's periodogram with his time shift, times twice the mean spacing."""
    chosen = [i for i, rr in enumerate(rr_ms) if math.isfinite(rr)]
    if len(chosen) < 4:
        return None
    origin = beats_s[chosen[0]]
    points = [(beats_s[i + 1] - origin, rr_ms[i], beats_s[i + 1] - beats_s[i]) for i in chosen]
    span = points[-1][0]
    length = min(span, 300)
    limit = 0.5 * len(points) / sum(p[2] for p in points)
    last = math.floor(high_hz * length + 0.5)
    spectra = []
    for s in range(math.floor((span - length) / (length / 2) + 1e-6) + 1):
        inside = [p for p in points if s * length / 2 < p[0] <= (s * length / 2 + length) * (1 + 1e-12)]
        held = sum(p[2] for p in inside)
        if len(inside) < 4 or held < 0.8 * length:
            continue
        rest = detrended([p[0] for p in inside], [p[1] for p in inside])
        density = {}
        for k in range(1, last + 1):
            w = 2 * math.pi * k / length
            shift = math.atan2(sum(math.sin(2 * w * p[0]) for p in inside), sum(math.cos(2 * w * p[0]) for p in inside))
            shift /= 2 * w
            cos = [math.cos(w * (p[0] - shift)) for p in inside]
            sin = [math.sin(w * (p[0] - shift)) for p in inside]
            power = sum(r * c for r, c in zip(rest, cos, strict=True)) ** 2 / sum(c * c for c in cos)
            power += sum(r * c for r, c in zip(rest, sin, strict=True)) ** 2 / sum(c * c for c in sin)
            density[k] = 2 * (power / 2) * held / len(inside) if k < math.floor(limit * length) + 1 else 0.0
        spectra.append(density)
    if not spectra:
        return None
    return 1 / length, {k: sum(d[k] for d in spectra) / len(spectra) for k in spectra[0]}, limit


def bands(spacing, density, floor_ms2=0.0, prefix=""):
    """Powers, shares and peaks of a spectrum whose entries each stand for one spacing round them."""
    names, out = ("vlf", "lf", "hf"), {}
    for name, (low, high) in zip(names, BANDS_HZ, strict=True):
        out[f"{name}_ms2"] = sum(
            value * max(0.0, min((k + 0.5) * spacing, high) - max((k - 0.5) * spacing, low))
            for k, value in density.items()
        )
        inside = {k: v for k, v in density.items() if low <= k * spacing < high and v * spacing > floor_ms2}
        out[f"{name}_peak_hz"] = max(inside, key=inside.get) * spacing if inside else NAN
    both = out["lf_ms2"] + out["hf_ms2"]
    out["total_ms2"] = out["vlf_ms2"] + both
    out["lf_nu"] = 100 * out["lf_ms2"] / both if both > floor_ms2 else NAN
    out["hf_nu"] = 100 * out["hf_ms2"] / both if both > floor_ms2 else NAN
    out["lf_hf"] = out["lf_ms2"] / out["hf_ms2"] if out["hf_ms2"] > floor_ms2 else NAN
    order = ("vlf_ms2", "lf_ms2", "hf_ms2", "total_ms2", "lf_nu", "hf_nu", "lf_hf", "vlf_peak_hz", "lf_peak_hz")
    return {prefix + name: out[name] for name in (*order, "hf_peak_hz")}


def only_sound(values, length_s, has_hf=True):
    """NaN what a spectrum of this length cannot tell; (values, flags of VLF, LF and HF)."""
    flags = [length_s >= 300, length_s >= 120, length_s >= 60 and has_hf]
    needs = {"vlf": flags[0], "total": all(flags), "lf_ms2": flags[1], "lf_peak": flags[1], "hf_ms2": flags[2]}
    needs |= {"hf_peak": flags[2], "lf_nu": flags[1] and flags[2], "hf_nu": flags[1] and flags[2]}
    needs |= {"lf_hf": flags[1] and flags[2]}
    kept = {
        name: value if next(ok for start, ok in needs.items() if name.removeprefix("lomb_").startswith(start)) else NAN
        for name, value in values.items()
    }
    return kept, [float(flag) for flag in flags]


# non-linear


def templates(rr_ms, m, n):
    """The first `n` stretches of `m` intervals; None in place of one with a rejected interval."""
    found = [list(rr_ms[i : i + m]) for i in range(n)]
    return [t if all(math.isfinite(v) for v in t) else None for t in found]


def distance(a, b):
    """Greatest difference of two templates."""
    return max(abs(p - q) for p, q in zip(a, b, strict=True))


def sample_entropy(rr_ms, r, m=2):
    """-ln(A / B): of pairs of templates within r, the share that is when one longer; both from the same places."""
    n = len(rr_ms) - m
    short, long = templates(rr_ms, m, n), templates(rr_ms, m + 1, n)
    places = [i for i in range(n) if long[i]]
    b = sum(distance(short[i], short[j]) < r for i, j in itertools.combinations(places, 2))
    a = sum(distance(long[i], long[j]) < r for i, j in itertools.combinations(places, 2))
    return -math.log(a / b) if a else NAN


def approximate_entropy(rr_ms, r, m=2):
    """Phi(m) - Phi(m + 1) of Pincus, templates alike to themselves."""
    phis = []
    for size in (m, m + 1):
        kept = [t for t in templates(rr_ms, size, len(rr_ms) - size + 1) if t]
        if not kept:
            return NAN
        shares = [sum(distance(t, other) <= r for other in kept) / len(kept) for t in kept]
        phis.append(sum(map(math.log, shares)) / len(shares))
    return phis[0] - phis[1]


def fuzzy_entropy(rr_ms, r, m=2):
    """ln of the mean likenesses of templates about their means, m over m + 1."""
    n = len(rr_ms) - m
    places = [i for i in range(n) if templates(rr_ms[i:], m + 1, 1)[0]]
    means = []
    for size in (m, m + 1):
        centred = [[v - sum(rr_ms[i : i + size]) / size for v in rr_ms[i : i + size]] for i in places]
        likeness = [math.exp(-((distance(s, t) / r) ** 2)) for s, t in itertools.combinations(centred, 2)]
        means.append(sum(likeness))
    return math.log(means[0] / means[1]) if means and means[1] > 0 else NAN


def coarse_grained(rr_ms, scale):
    """Means of neighbouring groups, NaN where one is missing."""
    return [sum(rr_ms[i : i + scale]) / scale for i in range(0, len(rr_ms) - scale + 1, scale)]


def slope(x, y):
    """Slope of the straight line of least squares."""
    return float(np.polyfit(x, y, 1)[0])


def scaling_exponent(nn, smallest, largest):
    """Detrended fluctuation analysis with a line fitted to each box."""
    walk = np.cumsum(np.asarray(nn) - np.mean(nn))
    fluctuations = []
    for box in range(smallest, largest + 1):
        squares = []
        for start in range(0, len(walk) - box + 1, box):
            squares += [v**2 for v in detrended(range(box), walk[start : start + box])]
        fluctuations.append(math.sqrt(sum(squares) / len(squares)))
    return slope([math.log(box) for box in range(smallest, largest + 1)], [math.log(f) for f in fluctuations])


def higuchi_dimension(rr_ms, k_max=10):
    """Slope of ln L(k) against ln(1/k)."""
    lengths = []
    for k in range(1, k_max + 1):
        curves = []
        for m in range(k):
            rises = [abs(rr_ms[i] - rr_ms[i - k]) for i in range(m + k, len(rr_ms), k)]
            rises = known(rises)
            curves.append(sum(rises) / max(len(rises), 1) * (len(rr_ms) - 1) / k / k)
        lengths.append(sum(curves) / k)
    return slope([-math.log(k) for k in range(1, k_max + 1)], [math.log(length) for length in lengths])


def permutation_entropy(rr_ms):
    """Entropy of the rank orders of three in a row, over ln 6; the earlier of equal ones ranks lower."""
    orders = [tuple(sorted(range(3), key=lambda k: t[k])) for t in templates(rr_ms, 3, len(rr_ms) - 2) if t]
    shares = [orders.count(order) / len(orders) for order in set(orders)]
    return -sum(p * math.log(p) for p in shares) / math.log(6)


def scatter(sdnn, sdsd, rounding):
    """Indices of the Poincare plot; axes that rounding may have made are none."""
    along = 2 * sdnn**2 - sdsd**2 / 2
    axes = sdsd / math.sqrt(2), math.sqrt(along) if along > 1e-12 * sdsd**2 / 2 else 0.0
    sd1, sd2 = (axis if axis > rounding else 0.0 for axis in axes)
    return {
        "sd1_ms": sd1,
        "sd2_ms": sd2,
        "sd1_sd2": sd1 / sd2 if sd2 > 0 else NAN,
        "ellipse_area_ms2": math.pi * sd1 * sd2,
        "csi": sd2 / sd1 if sd1 > 0 else NAN,
        "cvi": math.log10(4 * sd1 * 4 * sd2) if sd1 * sd2 > 0 else NAN,
    }


def hrv_nonlinear(rr_ms, sdnn, sdsd, is_whole, rounding):
    """All non-linear indices."""
    nn, r = known(rr_ms), 0.2 * sdnn
    out = dict.fromkeys(("sd1_ms", "sd2_ms", "sd1_sd2", "ellipse_area_ms2", "csi", "cvi"), NAN)
    if math.isfinite(sdsd):
        out |= scatter(sdnn, sdsd, rounding)

    def enough(n):
        return is_whole and sdnn > rounding and len(nn) >= n

    out["sampen"] = sample_entropy(rr_ms, r) if enough(100) else NAN
    out["apen"] = approximate_entropy(rr_ms, r) if enough(100) else NAN
    out["fuzzyen"] = fuzzy_entropy(rr_ms, r) if enough(100) else NAN
    out["dfa_alpha1"] = scaling_exponent(nn, 4, 16) if enough(64) else NAN
    out["dfa_alpha2"] = scaling_exponent(nn, 16, 64) if enough(256) else NAN
    for scale in (2, 3, 4, 5):
        out[f"mse_{scale}"] = sample_entropy(coarse_grained(rr_ms, scale), r) if enough(100 * scale) else NAN
    out["higuchi_fd"] = higuchi_dimension(rr_ms) if enough(125) else NAN
    out["permutation_entropy"] = permutation_entropy(rr_ms) if enough(30) else NAN
    return out


# all of it


def hrv(names, rr_ms, beats_s, min_intervals):
    """Every index of `names`, in that order."""
    nn = known(rr_ms)
    if len(nn) < min_intervals:
        return {name: 0.0 if name.startswith("valid_") else NAN for name in names}
    groups = stretches(beats_s, rr_ms)
    edges = 2 * sum(nn) / len(nn) / 1000
    whole = reach(beats_s, groups[0][0], groups[-1][-1])
    longest = max(reach(beats_s, group[0], group[-1]) for group in groups)
    share = sum(nn) / 1000 / whole
    out = hrv_time(rr_ms, whole + edges, min_intervals)
    flags = {"valid_time": 1.0, "valid_geometric": float(whole + edges >= 300)}
    rounding = 1e-9 * out["mean_nn_ms"]
    spectra = {"": welch(beats_s, rr_ms), "lomb_": lomb(beats_s, rr_ms)}
    for prefix, spectrum in spectra.items():
        spacing, density = spectrum[:2] if spectrum else (1.0, {})
        length = 0.0 if spectrum is None else longest + edges if prefix == "" else whole + edges
        values = bands(spacing, density, rounding**2, prefix)
        kept, sound = only_sound(values, length, spectrum is None or prefix == "" or spectrum[2] > 0.15)
        out |= kept
        flags |= {f"valid_{prefix}{name}": flag for name, flag in zip(("vlf", "lf", "hf"), sound, strict=True)}
    out |= hrv_nonlinear(rr_ms, out["sdnn_ms"], out["sdsd_ms"], share >= 0.8, rounding)
    flags["valid_nonlinear"] = float(share >= 0.8 and len(nn) >= 100)
    out |= flags
    if list(out) != list(names):
        raise AssertionError(f"the order of the indices is another one: {list(out)}")
    return out
