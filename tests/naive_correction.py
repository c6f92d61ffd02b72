"""Artefact correction of beats in plain loops, as Lipponen & Tarvainen (2019) tell it; imports nothing of physiofer.

A beat is a dict with its ``time``, its ``origin`` (None if it was put in), whether it is ``placed`` (put in or moved),
and the interval that ends at it: its length ``rr`` (None if unknown) and its ``state``, one of ``ORDER``.
"""

import math
import statistics

from naive import quantile

ORDER = ["measured", "halved", "interpolated", "unknown"]


def near(values, i, reach):
    """The known values up to `reach` places from i."""
    return [v for v in values[max(i - reach, 0) : i + reach + 1] if v is not None]


def thresholds(values, medians, factor):
    """Multiple of the quartile deviation of 91 values, at least 20 ms, at most 30 % of the local median."""
    found = []
    for i, median in enumerate(medians):
        around = near(values, i, 45)
        if not around or median is None:
            found.append(math.inf)
            continue
        deviation = (quantile(around, 0.75) - quantile(around, 0.25)) / 2
        found.append(max(min(factor * deviation, 0.3 * median), 20.0))
    return found


def series(rr, factor):
    """dRR and mRR over their thresholds, local medians, and the second thresholds."""
    medians = [statistics.median(near(rr, i, 5)) if near(rr, i, 5) else None for i in range(len(rr))]
    drr, mrr = [], []
    for i, value in enumerate(rr):
        before = rr[i - 1] if i else None
        drr.append(None if value is None or before is None else value - before)
        away = None if value is None else value - medians[i]
        mrr.append(away if away is None or away >= 0 else 2 * away)
    first, second = thresholds(drr, medians, factor), thresholds(mrr, medians, factor)
    drr = [None if value is None else value / limit for value, limit in zip(drr, first, strict=True)]
    mrr = [None if value is None else value / limit for value, limit in zip(mrr, second, strict=True)]
    return drr, mrr, medians, second


def difference(drr, i):
    """dRR at i, nothing where there is none."""
    return drr[i] if 0 <= i < len(drr) and drr[i] is not None else 0.0


def is_ectopic(i, rr, drr, medians, limits):
    """Equations of the first plane, unless twice the usual interval says that a beat was missed."""
    s11 = difference(drr, i)
    if s11 > 1:
        beyond = max(difference(drr, i - 1), difference(drr, i + 1)) < -0.13 * s11 - 0.17
    elif s11 < -1:
        beyond = min(difference(drr, i - 1), difference(drr, i + 1)) > -0.13 * s11 + 0.17
    else:
        beyond = False
    if not beyond:
        return False
    missed = abs(max(rr[i - 1], rr[i]) / 2 - medians[i])
    moved = abs((rr[i - 1] + rr[i]) / 2 - medians[i])
    return not (missed < limits[i] and missed < moved)


def find(rr, factor):
    """Kind of each artefact by ("interval", i) or ("beat", i), where beat i lies between intervals i - 1 and i."""
    drr, mrr, medians, limits = series(rr, factor)
    ectopic = [is_ectopic(i, rr, drr, medians, limits) for i in range(len(rr))] + [False]
    found, used = {}, set()
    for i, value in enumerate(rr):
        if value is None or i in used:
            continue
        later_is_larger = ectopic[i + 1] and abs(difference(drr, i + 1)) > 1.2 * abs(difference(drr, i))
        if ectopic[i] and not later_is_larger and i - 1 not in used:
            found["beat", i] = "ectopic"
            used.add(i)
            continue
        s21 = difference(drr, i)
        following = [difference(drr, i + 1), difference(drr, i + 2)]
        long = (s21 > 1 and min(following) < -1) or mrr[i] > 3
        short = (s21 < -1 and max(following) > 1) or mrr[i] < -3
        if ectopic[i + 1] or not (long or short):
            continue
        if long:
            found["interval", i] = "missed" if abs(value / 2 - medians[i]) < limits[i] else "long"
            continue
        sums = {}
        if i + 1 < len(rr) and rr[i + 1] is not None:
            sums[i + 1] = abs(value + rr[i + 1] - medians[i])
        if i and rr[i - 1] is not None and i - 1 not in used and ("interval", i - 1) not in found:
            sums.setdefault(i, abs(rr[i - 1] + value - medians[i]))
        beat = min(sums, key=sums.get) if sums else None
        if beat is not None and sums[beat] < limits[i]:
            found["beat", beat] = "extra"
            used |= {i, beat}
        else:
            found["interval", i] = "short"
    return found


def correct(beats, found):
    """The beats of the next round."""
    new = [beats[0]]
    merged, state = 0.0, "measured"
    for i, beat in enumerate(beats[1:]):
        merged = None if beat["rr"] is None else merged + beat["rr"]
        state = max(state, beat["state"], key=ORDER.index)
        around = [found.get(("beat", i)), found.get(("beat", i + 1)), found.get(("interval", i))]
        if "ectopic" in around or "long" in around or "short" in around:
            state = max(state, "interpolated", key=ORDER.index)
        if found.get(("beat", i + 1)) == "extra":
            continue
        if found.get(("interval", i)) == "missed":
            merged, state = merged / 2, max(state, "halved", key=ORDER.index)
            new.append({"time": None, "origin": None, "placed": True, "rr": merged, "state": state})
        moved = beat["placed"] or found.get(("beat", i + 1)) == "ectopic"
        new.append({**beat, "placed": moved, "rr": merged, "state": state})
        merged, state = 0.0, "measured"
    known = {i: beat["rr"] for i, beat in enumerate(new) if i and beat["state"] in ("measured", "halved")}
    walls = [0, *(i for i, beat in enumerate(new) if beat["state"] == "unknown"), len(new)]
    for i, beat in enumerate(new):
        if not i or beat["state"] != "interpolated":
            continue
        low, high = max(w for w in walls if w <= i), min(w for w in walls if w > i)
        left = [k for k in known if low < k < i]
        right = [k for k in known if i < k < high]
        if left and right:
            a, b = left[-1], right[0]
            beat["rr"] = known[a] + (known[b] - known[a]) * (i - a) / (b - a)
        elif left or right:
            beat["rr"] = known[left[-1] if left else right[0]]
        else:
            beat["rr"] = None
    return new


def correct_beats(times_s, factor=5.2, max_gap_s=3.0, low_ms=300.0, high_ms=2000.0):
    """Corrected times, trusted intervals, filled intervals, labels of the original beats, origins."""
    labels = ["normal"] * len(times_s)
    beats = []
    for origin, time in enumerate(times_s):
        rr = round(1000 * (time - times_s[origin - 1]), 9) if origin else None
        if origin and rr <= 0:
            labels[origin] = "extra"
            continue
        if beats:
            rr = round(1000 * (time - beats[-1]["time"]), 9)
        state = "measured" if not beats or rr <= 1000 * max_gap_s else "unknown"
        rr = rr if state == "measured" else None
        beats.append({"time": time, "origin": origin, "placed": False, "rr": rr, "state": state})
    before = math.inf
    while True:
        found = find([beat["rr"] for beat in beats[1:]], factor)
        if not found or len(found) >= before:
            break
        before = len(found)
        for (what, i), kind in found.items():
            origin = beats[i if what == "beat" else i + 1]["origin"]
            if origin is not None and (what == "beat" or labels[origin] == "normal"):
                labels[origin] = kind
        beats = correct(beats, found)
    fixed = [i for i, beat in enumerate(beats) if not beat["placed"]]
    for a, b in zip(fixed[:-1], fixed[1:], strict=True):
        for i in range(a + 1, b):
            beats[i]["time"] = beats[a]["time"] + (beats[b]["time"] - beats[a]["time"]) * (i - a) / (b - a)
    filled = [beat["rr"] if beat["rr"] is not None else math.nan for beat in beats[1:]]
    filled = [rr if low_ms <= rr <= high_ms else math.nan for rr in filled]
    trusted = [rr if beat["state"] == "measured" else math.nan for rr, beat in zip(filled, beats[1:], strict=True)]
    origins = [-1 if beat["origin"] is None else beat["origin"] for beat in beats]
    return [beat["time"] for beat in beats], trusted, filled, labels, origins
