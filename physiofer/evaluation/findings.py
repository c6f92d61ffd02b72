"""What a check found, and what becomes of it: an exception, a warning, or a line in the report."""

import warnings
from dataclasses import asdict, dataclass, field

from .._validate import check_choice
from ..exceptions import LeakageError, LeakageWarning

SEVERITIES = ("error", "warning", "info")
POLICIES = ("refuse", "warn", "ignore")


@dataclass(frozen=True)
class Finding:
    """One thing a check found in a table or a split.

    Parameters
    ----------
    check : str
        Name of the check, such as ``"subject-overlap"``.
    severity : {"error", "warning", "info"}
        An error makes the scores dishonest, a warning may, an info is for the reader of the report.
    message : str
        What was found and what to do, in plain words.
    details : dict, default={}
        The numbers and names behind the message; plain Python values only.

    Examples
    --------
    >>> print(Finding("subject-overlap", "error", "S1 is on both sides of a split."))
    error: S1 is on both sides of a split. [subject-overlap]
    """

    check: str
    severity: str
    message: str
    details: dict = field(default_factory=dict)

    def __post_init__(self):
        check_choice(self.severity, name="severity", choices=SEVERITIES)

    def __str__(self):
        return f"{self.severity}: {self.message} [{self.check}]"

    def to_dict(self):
        """Return the finding as a dict, as it stands in the result file.

        Returns
        -------
        dict
            With keys check, severity, message and details.

        Examples
        --------
        >>> Finding("constant", "info", "Nothing moves.").to_dict()["severity"]
        'info'
        """
        return asdict(self)


def enforce(findings, policy, *, stacklevel=1):
    """Act on `findings` as `policy` says: raise, warn, or leave them to the report.

    Parameters
    ----------
    findings : list of Finding
        What :func:`~physiofer.evaluation.check_leakage` returned.
    policy : {"refuse", "warn", "ignore"}
        "refuse" raises on errors and warns of warnings, "warn" warns of both, "ignore" does neither.
    stacklevel : int, default=1
        How many callers up a warning points; 1 is who called this function.

    Raises
    ------
    LeakageError
        Under "refuse", if there is an error; the message lists all of them.

    Examples
    --------
    >>> enforce([Finding("subject-overlap", "error", "S1 is on both sides.")], "refuse")
    Traceback (most recent call last):
    ...
    physiofer.exceptions.LeakageError: refused, the scores would not be honest: S1 is on both sides. ...
    """
    check_choice(policy, name="leakage", choices=POLICIES)
    if policy == "ignore":
        return
    errors = [finding.message for finding in findings if finding.severity == "error"]
    if errors and policy == "refuse":
        raise LeakageError(
            "refused, the scores would not be honest: "
            + " ".join(errors)
            + " (leakage='warn' goes on all the same and says so in the report.)"
        )
    messages = [finding.message for finding in findings if finding.severity in ("error", "warning")]
    if messages:
        warnings.warn("the scores may flatter: " + " ".join(messages), LeakageWarning, stacklevel=stacklevel + 1)


def listing(names, limit=5):
    """Return `names` as one short phrase, naming at most `limit` of them.

    Parameters
    ----------
    names : sequence of str
        What to list.
    limit : int, default=5
        How many to name before counting the rest.

    Returns
    -------
    str
        Such as ``"a, b and 9 more"``.

    Examples
    --------
    >>> listing(["a", "b", "c", "d"], limit=2)
    'a, b and 2 more'
    """
    names = [str(name) for name in names]
    if len(names) <= limit + 1:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"
