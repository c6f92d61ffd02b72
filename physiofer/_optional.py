"""Optional dependencies, imported inside the function that needs them."""

import importlib

from .exceptions import MissingExtraError


def require(module, *, extra):
    """Import `module`, or say which extra of physiofer brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = f"{module} is not installed; run: pip install 'physiofer[{extra}]'"
        raise MissingExtraError(message) from error
