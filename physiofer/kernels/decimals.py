"""Text to numbers: plain decimals, line by line, to the last bit."""

import numpy as np
from numba import njit

_POWERS = 10.0 ** np.arange(23)  # the powers of ten that doubles hold exactly
_MAX_EXACT = 2**53 // 10


@njit(cache=True, nogil=True)
def parse_decimals(text, n_columns):
    """Numbers (n_columns, n_lines) of lines like ``-1.25,3``, or none of them (0 lines) if a line is anything else.

    A decimal whose digits make a whole number below 2**53 is that number over a power of ten, both exact: the quotient
    is rounded once, and so equals what a careful parser gives (Clinger 1990). More digits, exponents, blanks and empty
    lines are for the caller to look at.
    """
    n_lines = 1
    for k in range(text.size):
        n_lines += text[k] == 10
    if text.size and text[-1] == 10:
        n_lines -= 1
    values = np.empty((n_columns, n_lines))
    nothing = np.empty((n_columns, 0))
    row, column = 0, 0
    mantissa, n_digits, n_decimals = 0, 0, -1
    is_negative = False
    for k in range(text.size + 1):
        letter = int(text[k]) if k < text.size else 10
        if 48 <= letter <= 57:
            if mantissa >= _MAX_EXACT:
                return nothing
            mantissa = 10 * mantissa + (letter - 48)
            n_digits += 1
            n_decimals += n_decimals >= 0
        elif letter == 46 and n_decimals < 0:  # .
            n_decimals = 0
        elif letter == 45 and n_digits == 0 and n_decimals < 0 and not is_negative:  # -
            is_negative = True
        elif letter == 44 or letter == 10:  # , and end of line
            if (
                k == text.size
                and column == 0
                and n_digits == 0
                and n_decimals < 0
                and not is_negative
                and row == n_lines
            ):
                break  # the last line was ended
            if n_digits == 0 or n_decimals == 0 or n_decimals > 22 or (letter == 10) != (column == n_columns - 1):
                return nothing
            value = float(mantissa)
            if n_decimals > 0:
                value /= _POWERS[n_decimals]
            values[column, row] = -value if is_negative else value
            mantissa, n_digits, n_decimals = 0, 0, -1
            is_negative = False
            column += 1
            if letter == 10:
                column = 0
                row += 1
        elif letter == 13 and k + 1 < text.size and text[k + 1] == 10:  # \r\n
            continue
        else:
            return nothing
    return values
