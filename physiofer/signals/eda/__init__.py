"""The skin: electrodermal activity split into level and responses, and the responses measured one by one."""

from .clean import clean_eda
from .components import EDAComponents, decompose
from .convex import cvxeda
from .scr import scr_peaks
from .sympathetic import EDASymp, eda_symp

__all__ = ["EDAComponents", "EDASymp", "clean_eda", "cvxeda", "decompose", "eda_symp", "scr_peaks"]
