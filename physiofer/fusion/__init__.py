"""Early, late and stacked fusion of modalities, as scikit-learn classifiers over named blocks of columns."""

from .blocks import modality_blocks
from .early import EarlyFusionClassifier
from .late import LateFusionClassifier
from .stacked import StackedFusionClassifier

__all__ = ["EarlyFusionClassifier", "LateFusionClassifier", "StackedFusionClassifier", "modality_blocks"]
