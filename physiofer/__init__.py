"""physiofer: synchronous recordings of faces and bodies in, an honest cross-subject emotion model out.

Submodules load on first use, so that ``import physiofer`` stays cheap:

>>> import physiofer
>>> physiofer.exceptions.QualityWarning.__name__
'QualityWarning'
"""

import importlib

__version__ = "0.1.0"

__all__ = [
    "crnn",
    "datasets",
    "evaluation",
    "exceptions",
    "face",
    "features",
    "film",
    "fusion",
    "io",
    "pipeline",
    "recording",
    "remote_pulse",
    "report",
    "signals",
    "windows",
]


def __getattr__(name):
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
