"""The obvious way to find the beats of a pulse wave: SciPy's filters, one beat at a time, nothing of physiofer."""

import numpy as np
from scipy import signal


def block_heights(values, rate):
    """Typical height of each block of 1.5 s: the median of seven block maxima, at least 1 % of the usual one."""
    block = max(int(1.5 * rate), 1)
    highest = np.array([np.abs(values[start : start + block]).max() for start in range(0, len(values), block)])
    n = len(highest)
    typical = [np.median(highest[[min(max(i + k, 0), n - 1) for k in range(-3, 4)]]) for i in range(n)]
    lively = sorted(highest[highest > 1e-6 * highest.max()])
    floor = 0.01 * lively[len(lively) // 2] if lively else 0.0
    return block, np.maximum(typical, floor)


def runs(condition):
    """First and last + 1 of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], condition, [False]]).astype(int)))
    return edges.reshape(-1, 2)


def silence(values, rate):
    """Samples in gaps longer than 0.1 s, or before the first or after the last sample there is."""
    silent = np.zeros(len(values), dtype=bool)
    for first, last in runs(~np.isfinite(values)):
        if first == 0 or last == len(values) or last - first > 0.1 * rate:
            silent[first:last] = True
    return silent


def stillness(values, rate):
    """Samples of runs of one value that last more than 2 s."""
    still = np.zeros(len(values), dtype=bool)
    first = 0
    for t in range(1, len(values) + 1):
        if t == len(values) or values[t] != values[first]:
            if t - first > 2.0 * rate:
                still[first:t] = True
            first = t
    return still


def limit_steps(values, rate):
    """Steps clipped at five times the typical steepest step, summed again."""
    steps = np.concatenate([[0.0], np.diff(values)])
    block, typical = block_heights(steps, rate)
    limit = 5.0 * np.repeat(typical, block)[: len(values)]
    return values[0] + np.cumsum(np.clip(steps, -limit, limit))


def band_passed(values, rate):
    """Butterworth high-pass at 0.5 Hz and low-pass at 8 Hz, forwards and backwards."""
    cutoffs = [(0.5, "highpass"), (8.0, "lowpass")]
    sections = [signal.butter(2, cutoff_hz, kind, fs=rate, output="sos") for cutoff_hz, kind in cutoffs]
    padding = min(int(2.0 * rate / 0.5), len(values) - 1)
    return signal.sosfiltfilt(np.concatenate(sections), values, padlen=padding)


def differences(wave, rate, width_s):
    """Difference of the wave over a width round each sample, ends by the nearest sample."""
    half, times = max(int(0.5 * width_s * rate + 0.5), 1), np.arange(len(wave))
    return wave[np.minimum(times + half, len(wave) - 1)] - wave[np.maximum(times - half, 0)]


def pulse_wave(values, rate):
    """Filtered wave, silence and working rate."""
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    if not known.any() or not np.abs(values[known]).max():
        return np.empty(0), np.empty(0, dtype=bool), rate
    summit, times = np.abs(values[known]).max(), np.arange(len(values))
    bridged = np.interp(times, times[known], values[known] / summit)
    silent = silence(values, rate) | stillness(bridged, rate)
    limited = limit_steps(bridged, rate)
    finer, coarser = max(int(np.ceil(50.0 / rate)), 1), max(int(rate / 64.0), 1)
    limited = np.interp(np.arange((len(values) - 1) * finer + 1) / finer, times, limited)
    wave = summit * band_passed(limited, rate * finer)[::coarser]
    quiet = np.zeros(len(wave), dtype=bool)
    for t in np.flatnonzero(silent):
        quiet[t * finer // coarser] = True
        quiet[min((t + 1) * finer // coarser, len(wave)) - 1] = True
    rate = rate * finer / coarser
    slope = differences(wave, rate, 0.06)
    block, typical = block_heights(slope, rate)
    scale = np.repeat(typical, block)[: len(wave)]
    relative = np.divide(slope, scale, out=np.zeros_like(slope), where=scale > 0)
    upright = np.sum(np.clip(relative[~quiet], -1.5, 1.5) ** 3) >= 0
    return (wave if upright else -wave), quiet, rate


def vertex(left, top, right):
    """Maximum of the parabola through three points, from the middle one."""
    a, b, _ = np.polyfit([-1.0, 0.0, 1.0], [left, top, right], 2)
    return float(np.clip(-0.5 * b / a, -0.5, 0.5)) if a < -1e-15 else 0.0


def beat_periods(rise, block, typical, rate):
    """Beat period of every ten seconds."""
    factor = max(int(rate / 20.0), 1)
    n = len(rise) // factor
    groups = rise[: n * factor].reshape(n, factor)
    scale = np.array([typical[k * factor // block] for k in range(n)])
    relative = np.minimum(groups / scale[:, None], 1.5).mean(axis=1)
    rate /= factor
    length, hop = min(int(10.0 * rate), n), int(10.0 * rate)
    shortest, longest = max(int(0.25 * rate), 1), min(int(2.3 * rate) + 1, length // 2)
    found = []
    for i in range(max(n // hop, 1)):
        first = min(max(i * hop + (hop - length) // 2, 0), n - length)
        part = relative[first : first + length] - relative[first : first + length].mean()
        power = np.mean(part**2)
        lags = np.zeros(longest + 1)
        if power > 0:
            lags = np.array([part[: length - k] @ part[k:] / ((length - k) * power) for k in range(longest + 1)])
        maxima = [k for k in range(shortest, longest) if lags[k - 1] <= lags[k] >= lags[k + 1]]
        best = max([lags[k] for k in maxima], default=0.0)
        near = [k for k in maxima if lags[k] >= 0.7 * best] if best >= 0.2 else []
        found.append((near[0] + vertex(*lags[near[0] - 1 : near[0] + 2])) / rate if near else np.nan)
    smooth = []
    for i in range(len(found)):
        near = sorted(period for period in found[max(i - 1, 0) : i + 2] if np.isfinite(period))
        smooth.append(max(near[(len(near) - 1) // 2], 0.25) if near else np.nan)
    known = [i for i, period in enumerate(smooth) if np.isfinite(period)]
    return [smooth[min(known, key=lambda k: (abs(k - i), k))] if known else 0.6 for i in range(len(smooth))]


def upstrokes(rise, silent, rate):
    """Samples of the upstrokes."""
    block, typical = block_heights(rise, rate)
    if not typical[0] > 0:
        return []
    periods = beat_periods(rise, block, typical, rate)
    heights = np.interp((np.arange(len(rise)) + 0.5) / block - 0.5, np.arange(len(typical)), typical)
    margin, found = int(0.2 * rate), []
    for t in range(1, len(rise) - 1):
        if not (rise[t - 1] < rise[t] >= rise[t + 1] and rise[t] >= 0.15 * heights[t]):
            continue
        if silent[max(t - margin, 0) : t + margin + 1].any():
            continue
        period = periods[min(int(t / (rate * 10.0)), len(periods) - 1)]
        if not found:
            found.append(t)
            continue
        apart, pair = (t - found[-1]) / rate, sorted([rise[t], rise[found[-1]]])
        if apart >= 0.5 * period or (apart >= 0.3 and pair[0] > 0.8 * pair[1]):
            found.append(t)
        elif rise[t] > rise[found[-1]]:
            found[-1] = t
    return found


def standardised(stretch):
    """Zero mean and unit norm."""
    centred = stretch - stretch.mean()
    norm = np.linalg.norm(centred)
    return centred / norm if 0 < norm < np.inf else np.zeros_like(centred)


def learn(values, centres, before, after):
    """Sum of the better half of at most 128 whole beats, and the members of that half by index."""
    whole = [i for i, c in enumerate(centres) if c >= before and c + after < len(values)]
    n_models = min(len(whole), 128)
    indices = [whole[k * len(whole) // n_models] for k in range(n_models)]
    shapes = [standardised(values[centres[i] - before : centres[i] + after + 1]) for i in indices]
    alive = [k for k, shape in enumerate(shapes) if shape.any()]
    indices, shapes = [indices[k] for k in alive], np.array([shapes[k] for k in alive])
    if not indices:
        return np.zeros(before + after + 1), {}
    template = np.median(shapes, axis=0)
    for _ in range(3):
        likeness = shapes @ template
        chosen = likeness >= np.median(likeness)
        template = shapes[chosen].sum(axis=0)
    return template, {i: shape for i, shape, is_in in zip(indices, shapes, chosen, strict=True) if is_in}


def correlation(values, centres, before, after):
    """Correlation of each beat with the mean of the others' better half."""
    template, members = learn(values, centres, before, after)
    out = []
    for i, centre in enumerate(centres):
        if i in members:
            out.append(float(members[i] @ standardised(template - members[i])) if len(members) > 1 else 0.0)
            continue
        first, last = max(before - centre, 0), min(len(values) - centre + before, before + after + 1)
        if last - first < max(0.5 * (before + after + 1), 2):
            out.append(0.0)
            continue
        stretch = values[centre - before + first : centre - before + last]
        out.append(float(standardised(stretch) @ standardised(template[first:last])))
    return np.array(out)


def aligned(slope, found, rate):
    """Where within 0.06 s the slope resembles the typical upstroke most."""
    interval = np.median(np.diff(found)) if len(found) > 1 else 0.0
    half, reach = int(min(0.15 * rate, 0.2 * interval) + 0.5), int(np.ceil(0.06 * rate))
    if half < 1:
        return [float(t) for t in found]
    template = standardised(learn(slope, found, half, half)[0])
    places = []
    for t in found:
        place = float(t)
        if t - half - reach >= 0 and t + half + reach < len(slope):
            lags = range(t - reach, t + reach + 1)
            likeness = [standardised(slope[k - half : k + half + 1]) @ template for k in lags]
            best = reach
            for k, value in enumerate(likeness):
                best = k if value > likeness[best] else best
            place += best - reach
            if 0 < best < 2 * reach:
                place += vertex(*likeness[best - 1 : best + 2])
        if not places or place > places[-1]:
            places.append(place)
    return places


def rivals(rise, centres, rate):
    """Highest other maximum of the rise near each beat, over the beat's own."""
    reach, interval = int(0.06 * rate), np.median(np.diff(centres)) if len(centres) > 1 else 0.0
    half, out = int(0.5 * interval), []
    for i, centre in enumerate(centres):
        first = max(centre - half, (centres[i - 1] + centre) // 2 if i else 0, 1)
        last = min(centre + half, (centre + centres[i + 1]) // 2 if i + 1 < len(centres) else len(rise), len(rise) - 1)
        own = rise[max(centre - reach, 0) : centre + reach + 1].max()
        others = [
            rise[t] / own
            for t in range(first, last)
            if own > 0 and abs(t - centre) > reach and rise[t - 1] < rise[t] >= rise[t + 1]
        ]
        out.append(max(others, default=0.0))
    return out


def medians(values):
    """Median of each value and five on either side."""
    return np.array([np.median(values[max(i - 5, 0) : i + 6]) for i in range(len(values))])


def qualities(slope, rise, centres, rate):
    """Likeness to the typical beat, hardly better than the neighbourhood's, none among rivals."""
    if not len(centres):
        return np.empty(0)
    interval = np.median(np.diff(centres)) if len(centres) > 1 else 0.0
    share = min(1.0, interval / (1.4 * 0.4 * rate)) if interval > 0 else 1.0
    likeness = correlation(slope, centres, int(share * 0.25 * rate), int(share * 0.4 * rate))
    dominance = np.clip(3.0 * (1.0 - medians(rivals(rise, centres, rate))), 0.0, 1.0)
    return np.minimum(likeness, medians(likeness) + 0.05) * dominance


def pulse_beats(values, rate):
    """Beat times in s, qualities and amplitudes."""
    wave, silent, rate = pulse_wave(values, rate)
    if len(wave) < 3 or not np.ptp(wave) > 1e-9 * np.nanmax(np.abs(values)):
        return np.empty(0), np.empty(0), np.empty(0)
    slope, rise = differences(wave, rate, 0.06), np.maximum(differences(wave, rate, 0.15), 0.0)
    places = aligned(slope, upstrokes(rise, silent, rate), rate)
    centres = [int(np.floor(place + 0.5)) for place in places]
    reach = max(int(0.35 * rate), 1)
    amplitude = [wave[c : c + reach + 1].max() - wave[max(c - reach, 0) : c + 1].min() for c in centres]
    return np.array(places) / rate, qualities(slope, rise, centres, rate), np.array(amplitude)
