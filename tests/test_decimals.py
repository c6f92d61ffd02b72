"""Text to numbers in compiled code: to the last bit, or not at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from physiofer.kernels.decimals import parse_decimals

decimals = st.decimals(-1e9, 1e9, allow_nan=False, allow_infinity=False, places=6).map("{:f}".format)


def parse(text, n_columns):
    """What the kernel makes of a text."""
    return parse_decimals(np.frombuffer(text.encode(), np.uint8), n_columns)


@given(st.lists(st.tuples(decimals, decimals), min_size=1, max_size=20), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_parse_matches_python(lines, end, is_ended):
    text = end.join(",".join(line) for line in lines) + (end if is_ended else "")
    expected = np.array([[float(field) for field in line] for line in lines]).T
    assert_array_equal(parse(text, 2), expected)
    assert_array_equal(np.signbit(parse(text, 2)), np.signbit(expected))


@given(st.floats(-1e6, 1e6), st.integers(0, 17))
def test_parse_is_exact_or_declines(value, places):
    text = f"{value:.{places}f}"
    found = parse(text, 1)
    assert found.shape in ((1, 0), (1, 1))
    assert_array_equal(found.ravel(), [float(text)][: found.size])
    assert found.size or len(text) > 15


@pytest.mark.parametrize(
    "text",
    ["1,2", "", "1\n\n2", "1 ", "+1", "1e3", "nan", "inf", "1.", "-", ".", "1.2.3", "--1", "1-1", "1_0", "1,", "1\r2",
     "\n", "12345678901234567890", "\x00", "1;2", "1\r"],
)  # fmt: skip
def test_parse_declines_what_is_no_plain_decimal(text):
    assert parse(text, 1).shape == (1, 0)


@pytest.mark.parametrize("text", ["1", "1,2,3", "1,2\n3", "1,2\n3,4,5", ",", "1,\n2,3"])
def test_parse_declines_lines_of_other_length(text):
    assert parse(text, 2).shape == (2, 0)


def test_parse_hand_worked():
    assert_array_equal(parse("-0.5,.25\n3,-0\n", 2), [[-0.5, 3.0], [0.25, -0.0]])
