"""Colour of skin regions: polygons over the planes of one frame, filled by exact coverage."""

import numpy as np
from numba import njit

#: Columns that :func:`read_regions` fills.
COLUMNS = ("r", "g", "b", "pixels", "clipped")

_MAD_TO_SIGMA = 1.4826
_FARTHEST = 1e6  # pixels


@njit(cache=True, nogil=True, error_model="numpy")
def fill(polygon, shape, bounds, cover):
    """Fill `cover` with the signed coverage of the pixels of a frame of `shape` by a polygon (n, 2) of (x, y).

    Pixel (row, column) reaches from column - 0.5 to column + 0.5, and likewise in y. `bounds` gets the first row, the
    first column and the numbers of rows and columns of the part of the frame around the polygon; the running sum of a
    row of `cover` (n_rows * (n_columns + 1) or more values) is then the coverage, of either sign. A polygon with a
    vertex that is missing or absurdly far covers nothing.
    """
    bounds[2] = 0
    x_low, x_high, y_low, y_high = np.inf, -np.inf, np.inf, -np.inf
    for k in range(len(polygon)):
        x, y = polygon[k, 0], polygon[k, 1]
        if not (abs(x) < _FARTHEST and abs(y) < _FARTHEST):
            return
        x_low, x_high, y_low, y_high = min(x_low, x), max(x_high, x), min(y_low, y), max(y_high, y)
    top, left = max(np.floor(y_low + 0.5), 0.0), max(np.floor(x_low + 0.5), 0.0)
    n_rows = int(max(min(np.ceil(y_high + 0.5), shape[0]) - top, 0.0))
    n_columns = int(max(min(np.ceil(x_high + 0.5), shape[1]) - left, 0.0))
    bounds[0], bounds[1], bounds[2], bounds[3] = int(top), int(left), n_rows, n_columns
    if n_rows == 0 or n_columns == 0:
        return
    stride = n_columns + 1
    for k in range(n_rows * stride):
        cover[k] = 0.0
    for k in range(len(polygon)):
        x_from, y_from = polygon[k - 1, 0] - left + 0.5, polygon[k - 1, 1] - top + 0.5
        x_to, y_to = polygon[k, 0] - left + 0.5, polygon[k, 1] - top + 0.5
        sign = 1.0
        if y_from > y_to:
            x_from, y_from, x_to, y_to, sign = x_to, y_to, x_from, y_from, -1.0
        start, stop = max(y_from, 0.0), min(y_to, float(n_rows))
        if not start < stop:
            continue
        slope = (x_to - x_from) / (y_to - y_from)
        for row in range(int(start), int(np.ceil(stop))):
            # the part of the edge within this row, from x_low to x_high; all to the right of it is covered
            above, below = max(start, float(row)), min(stop, row + 1.0)
            x_low, x_high = x_from + slope * (above - y_from), x_from + slope * (below - y_from)
            if x_low > x_high:
                x_low, x_high = x_high, x_low
            height, span = sign * (below - above), x_high - x_low
            at = row * stride
            if x_low < 0.0:
                cover[at] += height * (min(0.0, x_high) - x_low) / span if span > 0.0 else height
            x = max(x_low, 0.0)
            while x < n_columns and x <= x_high:
                column = int(x)
                x_next = min(column + 1.0, x_high)
                piece = height * (x_next - x) / span if span > 0.0 else height
                uncovered = piece * (0.5 * (x + x_next) - column)
                cover[at + column] += piece - uncovered
                cover[at + column + 1] += uncovered
                if x_next == x_high:
                    break
                x = x_next


@njit(cache=True, nogil=True, error_model="numpy")
def _share(cumulated, low, high):
    """Share of a distribution over levels between two values; `cumulated` (257) is 0 at -0.5 and 1 at 255.5."""
    low, high = min(max(low + 0.5, 0.0), 256.0), min(max(high + 0.5, 0.0), 256.0)
    i, k = min(int(low), 255), min(int(high), 255)
    upper = cumulated[k] + (high - k) * (cumulated[k + 1] - cumulated[k])
    return upper - cumulated[i] - (low - i) * (cumulated[i + 1] - cumulated[i])


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_skin(histograms, total, width, least_sigmas, cumulated, keep):
    """Weights `keep` (3, 257) of levels: 1 within `width` robust standard deviations of the median, 0 beyond.

    A level v stands for all values from v - 0.5 to v + 0.5, in the median, in the deviation and in the weights: all
    three then change steadily with the picture.
    """
    for c in range(3):
        cumulated[0] = 0.0
        for v in range(256):
            cumulated[v + 1] = cumulated[v] + histograms[c, v] / total
        median, deviation, step = 0.0, 0.0, 256.0
        for _ in range(40):  # halving, down to 2e-10 of a level
            step *= 0.5
            median += step if _share(cumulated, -0.5, median + step) < 0.5 else 0.0
        step = 256.0
        for _ in range(40):
            step *= 0.5
            deviation += step if _share(cumulated, median - deviation - step, median + deviation + step) < 0.5 else 0.0
        half = width * max(_MAD_TO_SIGMA * deviation, least_sigmas[c] * (median if c == 0 else 1.0))
        for v in range(256):
            keep[c, v] = max(min(v + 0.5, median + half) - max(v - 0.5, median - half), 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def read_regions(
    luma, cb, cr, shifts, matrix, offset, vertices, firsts, owners, is_skin, limits, sigmas, cover, tables, sums, out
):
    """Mean R, G, B, pixels and clipped share of the regions of one frame, into `out` (n_regions, 5).

    A chroma sample is of 2 ** `shifts` rows and columns of luma. Polygon p has `vertices` `firsts[p]` to `firsts[p +
    1]` and belongs to region `owners[p]`; those of -1 come first and tell the colour of skin. `limits` holds the level
    from which on R, G or B is clipped, the width of the skin filter in robust standard deviations (at least `sigmas`: a
    share of the median of Y, levels of Cb and Cr) and the fewest pixels. Means are NaN below them. `cover` has room
    for the coverage of the frame (height * (width + 1)); `tables` (4, 3, 257) holds zeros, ones, ones and room, `sums`
    (n_regions, 6) zeros.
    """
    clip, width, least = limits
    down, across = shifts
    scale = matrix[0, 0]  # of luma, the same in R, G and B
    r_v, g_u, g_v, b_u = matrix[0, 2], matrix[1, 1], matrix[1, 2], matrix[2, 1]
    r_0, g_0, b_0 = clip - offset[0], clip - offset[1], clip - offset[2]
    bounds = np.empty(4, np.int64)
    histograms, keep, all_kept = tables[0], tables[1], tables[2]
    n_skin, is_known = 0.0, False
    for p in range(len(owners)):
        owner = owners[p]
        if owner >= 0 and not is_known and n_skin >= least:
            _keep_skin(histograms, n_skin, width, sigmas, tables[3, 0], keep)
            is_known = True
        fill(vertices[firsts[p] : firsts[p + 1]], luma.shape, bounds, cover)
        top, left, n_rows, n_columns = bounds[0], bounds[1], bounds[2], bounds[3]
        kept_levels = keep if owner >= 0 and is_skin[owner] else all_kept
        area, clipped, kept, y_sum, cb_sum, cr_sum = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for row in range(n_rows):
            at, chroma_row = row * (n_columns + 1), (top + row) >> down
            running, sample, u, v, chroma_room, chroma_kept = 0.0, -1, 0, 0, 0.0, 0.0
            for column in range(n_columns):
                running += cover[at + column]
                weight = min(abs(running), 1.0)
                if weight < 1e-9:  # what rounding leaves of nothing
                    continue
                area += weight
                if sample != (left + column) >> across:
                    sample = (left + column) >> across
                    u, v = int(cb[chroma_row, sample]), int(cr[chroma_row, sample])
                    chroma_room = min(r_0 - r_v * v, g_0 - g_u * u - g_v * v, b_0 - b_u * u)
                    chroma_kept = kept_levels[1, u] * kept_levels[2, v]
                y = luma[top + row, left + column]
                room = chroma_room - scale * y  # to the clipped level; a pixel within one level of it counts in part
                if room < 1.0:
                    clipped += weight * (1.0 - max(room, 0.0))
                    weight *= max(room, 0.0)
                if owner < 0:
                    histograms[0, y] += weight
                    histograms[1, u] += weight
                    histograms[2, v] += weight
                    n_skin += weight
                    continue
                weight *= kept_levels[0, y] * chroma_kept
                kept += weight
                y_sum += weight * y
                cb_sum += weight * u
                cr_sum += weight * v
        if owner >= 0:
            sums[owner, 0] += area  # a region may have several polygons
            sums[owner, 1] += clipped
            sums[owner, 2] += kept
            sums[owner, 3] += y_sum
            sums[owner, 4] += cb_sum
            sums[owner, 5] += cr_sum
    for k in range(len(out)):
        kept = 0.0 if is_skin[k] and not is_known else sums[k, 2]
        out[k, 3], out[k, 4] = kept, sums[k, 1] / sums[k, 0] if sums[k, 0] > 0.0 else np.nan
        for c in range(3):
            weighed = matrix[c, 0] * sums[k, 3] + matrix[c, 1] * sums[k, 4] + matrix[c, 2] * sums[k, 5]
            out[k, c] = weighed / kept + offset[c] if kept >= least else np.nan
