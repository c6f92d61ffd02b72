"""Every error and warning that physiofer raises on purpose.

Bad *arguments* raise an :class:`InvalidArgumentError` (exit code 2 on the command line), unreadable *files* an
:class:`UnreadableDataError` (exit code 3). Bad *data* inside a readable file raises nothing: it becomes NaN and one
:class:`QualityWarning`.

Examples
--------
>>> from physiofer.exceptions import InvalidArgumentError
>>> issubclass(InvalidArgumentError, ValueError)
True
"""

__all__ = [
    "InvalidArgumentError",
    "LeakageError",
    "LeakageWarning",
    "MissingExtraError",
    "PhysioferError",
    "QualityWarning",
    "SignalTooShortError",
    "UnreadableDataError",
]


class PhysioferError(ValueError):
    """Base class of all errors raised by physiofer."""


class InvalidArgumentError(PhysioferError):
    """An argument is wrong; the message says which, what it was, what it must be and what to do."""


class SignalTooShortError(InvalidArgumentError):
    """A signal has fewer samples than the method needs."""


class UnreadableDataError(PhysioferError):
    """A file or folder cannot be read as what it was said to be; the message names it."""


class LeakageError(PhysioferError):
    """An evaluation was refused because its result would not be honest."""


class MissingExtraError(PhysioferError, ImportError):
    """An optional dependency is needed; the message says which extra installs it."""


class QualityWarning(UserWarning):
    """Part of a recording could not be used: it became NaN. The message names subject and place."""


class LeakageWarning(UserWarning):
    """An evaluation may be flattering itself; the message gives the reason."""
