"""Order statistics for other kernels: np.sort would take seconds to compile."""

from numba import njit


@njit(cache=True, nogil=True)
def shell_sort(values, n):
    """Sort the first `n` values in place, with Shell's gaps: np.sort would take seconds to compile."""
    gap = n // 2
    while gap > 0:
        for i in range(gap, n):
            value, k = values[i], i
            while k >= gap and values[k - gap] > value:
                values[k] = values[k - gap]
                k -= gap
            values[k] = value
        gap //= 2


@njit(cache=True, nogil=True)
def quantile(ordered, n, share):
    """Linear-interpolation quantile of the first `n` sorted values, as NumPy's default."""
    position = share * (n - 1)
    low = int(position)
    high = min(low + 1, n - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])
