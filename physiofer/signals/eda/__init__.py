"""The skin: electrodermal activity split into level and responses, and the responses measured one by one."""

from .clean import clean_eda
from .components import EDAComponents, decompose
from .scr import scr_peaks

__all__ = ["EDAComponents", "clean_eda", "decompose", "scr_peaks"]
