"""The obvious way to seek beats in an ECG: slow loops, searches that try everything; imports nothing of physiofer."""

import itertools
import math
import statistics

from naive import quantile


def mirrored(values, t):
    """Sample `t`, the ends mirrored without repeating them."""
    last = len(values) - 1
    t = abs(t)
    return values[max(min(t, 2 * last - t), 0)]


def envelope(values, even, odd):
    """Magnitude of the convolution with ``even + 1j * odd``, the halves of which are given from the centre on."""
    out = []
    for t in range(len(values)):
        total = complex(even[0] * values[t])
        for k in range(1, len(even)):
            total += even[k] * (mirrored(values, t - k) + mirrored(values, t + k))
            total += 1j * odd[k] * (mirrored(values, t + k) - mirrored(values, t - k))
        out.append(abs(total))
    return out


def maxima(strength, reach):
    """Samples of which no other within `reach` is higher; of equals the first."""
    found = []
    for t, height in enumerate(strength):
        near = strength[max(t - reach, 0) : t + reach + 1]
        is_first = not found or t - found[-1] > reach
        rises = t == 0 or height > strength[t - 1]
        if height > 0 and height == max(near) and rises and is_first:
            found.append(t)
    return found


def gaps(is_finite, rate, longest_s=0.04, margin_s=0.012):
    """Samples in or near runs of missing samples longer than `longest_s`."""
    margin = int(margin_s * rate) + 1
    marked = set()
    for missing, run in itertools.groupby(range(len(is_finite)), key=lambda t: not is_finite[t]):
        run = list(run)
        if missing and len(run) > longest_s * rate:
            marked |= set(range(run[0] - margin, run[-1] + margin + 1))
    return [t in marked for t in range(len(is_finite))]


def typical(blocks):
    """Median of each block and the four on either side, None left out; 0 where there are no others."""
    out = []
    for b in range(len(blocks)):
        near = [block for block in blocks[max(b - 4, 0) : b + 5] if block is not None]
        out.append(statistics.median(near) if near else 0.0)
    return out


def levels(strength, is_missing, rate, peaks):
    """Height of beats and of maxima of noise round each maximum, and the least height of a beat."""
    block = math.ceil(2.5 * rate)
    n_blocks = max(len(strength) // block, 1)
    highest = []
    for b in range(n_blocks):
        stop = (b + 1) * block if b < n_blocks - 1 else len(strength)
        highest.append(max((strength[t] for t in range(b * block, stop) if not is_missing[t]), default=None))
    step = max(int(0.05 * rate), 1)
    size = max(int(0.6 * rate) // step, 1)
    lowest = []
    for b in range(max(len(strength) // step // size, 1)):
        places = [min(t * step, len(strength) - 1) for t in range(b * size, (b + 1) * size)]
        seen = [strength[t] for t in places if not is_missing[t]]
        lowest.append(quantile(seen, 0.25) if 2 * len(seen) > size else None)
    beats, floor = typical(highest), typical(lowest)
    least = max(0.03 * statistics.median(beats), 1e-9)
    level = [max(beats[min(t // block, n_blocks - 1)], least) for t in peaks]
    noise = [2.5 * floor[min(t // (step * size), len(floor) - 1)] for t in peaks]
    return level, noise, least


def neighbourhood(times_s, heights, is_beat, least):
    """Height of beats and interval between them for each maximum, over its four beats and eight on either side."""
    beats = [i for i, yes in enumerate(is_beat) if yes]
    around = []
    for i in range(len(times_s)):
        first = 4 * ((max(sum(b <= i for b in beats), 1) - 1) // 4)
        near = beats[max(first - 8, 0) : first + 12]
        height = quantile([heights[b] for b in near], 0.4) if near else 0.0
        apart = 2 if len(near) > 2 else 1
        steps = [(times_s[b] - times_s[a]) / apart for a, b in zip(near, near[apart:], strict=False)]
        interval_s = statistics.median(steps) if steps else 0.8
        around.append((max(height, least), min(max(interval_s, 0.24), 2.4)))
    return around


def threshold(noise, level):
    """Height a maximum must exceed to be a beat."""
    return max(min(max(1.3 * noise, noise + 0.2 * (level - noise)), 0.7 * level), 0.8 * noise)


def evidence(height, noise, level):
    """How many doublings a maximum is above its threshold, within limits."""
    doublings = min(max(math.log2(height / threshold(noise, level)), -4.0), 2.0)
    return min(doublings, 0.5) if height > 8.0 * level else doublings


def long_cost(interval_s, typical_s):
    """What a pause costs: nothing up to 1.5 usual intervals, 0.6 at two, never more than 1.2."""
    ratio = interval_s / typical_s
    return 0.0 if ratio <= 1.5 else min(0.6 * min(2.0 * ratio - 3.0, ratio - 1.0), 1.2)


def early_cost(apart_s, typical_s, before, after, threshold_before, threshold_after):
    """What a short interval costs, more if one of its beats looks like a T or P wave of the other."""
    cost = math.log2(0.6 * typical_s / apart_s) if apart_s < 0.6 * typical_s else 0.0
    if apart_s < 0.36 and after < 0.5 * before:
        cost += max(math.log2(0.5 * before / threshold_after), 0.0)
    if apart_s < 0.25 and before < 0.4 * after:
        cost += max(math.log2(0.4 * after / threshold_before), 0.0)
    return cost


def worth(beats, times_s, seen_s, heights, noise, level, interval_s):
    """Evidence of a sequence of beats less the cost of its intervals; None if two are closer than 0.2 s."""
    if not beats:
        return -long_cost(seen_s[-1], interval_s[-1])
    limits = [threshold(*pair) for pair in zip(noise, level, strict=True)]
    total = sum(evidence(heights[b], noise[b], level[b]) for b in beats)
    total -= long_cost(seen_s[beats[0]], interval_s[beats[0]])
    total -= long_cost(seen_s[-1] - seen_s[beats[-1]], interval_s[beats[-1]])
    for a, b in itertools.pairwise(beats):
        typical_s = 0.5 * (interval_s[a] + interval_s[b])
        if times_s[b] - times_s[a] < 0.2:
            return None
        total -= long_cost(seen_s[b] - seen_s[a], typical_s)
        total -= early_cost(times_s[b] - times_s[a], typical_s, heights[a], heights[b], limits[a], limits[b])
    return total


def most_worth(*maxima_data):
    """Highest worth of any sequence of beats, by trying them all."""
    n = len(maxima_data[0])
    every = itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))
    return max(value for beats in every if (value := worth(beats, *maxima_data)) is not None)


def most_worth_of_pairs(times_s, seen_s, heights, noise, level, interval_s):
    """The same for longer series: the best sequence that ends with each maximum, from all that end before it."""
    n = len(times_s)
    limits = [threshold(*pair) for pair in zip(noise, level, strict=True)]
    best = []
    for i in range(n):
        ends = [-long_cost(seen_s[i], interval_s[i])]
        for k in range(i):
            apart_s, typical_s = times_s[i] - times_s[k], 0.5 * (interval_s[i] + interval_s[k])
            if apart_s >= 0.2:
                cost = early_cost(apart_s, typical_s, heights[k], heights[i], limits[k], limits[i])
                ends.append(best[k] - cost - long_cost(seen_s[i] - seen_s[k], typical_s))
        best.append(max(ends) + evidence(heights[i], noise[i], level[i]))
    whole = [best[i] - long_cost(seen_s[-1] - seen_s[i], interval_s[i]) for i in range(n)]
    return max(*whole, -long_cost(seen_s[-1], interval_s[-1]))
