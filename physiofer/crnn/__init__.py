"""The multi-task convolutional-recurrent network of Ji & Dong (2024): emotion and heart rate from face sequences.

It runs and trains with NumPy and Numba alone. :class:`CRNN` is the network, :class:`CRNNClassifier` the scikit-learn
estimator, :class:`CRNNFeatures` its sixteen shared features for fusion; :mod:`physiofer.crnn.torch_backend`, which is
never imported from here, lends the same weights to PyTorch.
"""

from .adam import Adam
from .classifier import CRNNClassifier
from .features import CRNNFeatures
from .films import write_face_folder_from_films
from .folder import FaceFolder, write_face_folder
from .losses import Losses
from .network import CRNN
from .normalisation import normalise
from .rows import RowsClassifier, SharedWindows
from .weights import import_state_dict, load, save

__all__ = [
    "CRNN",
    "Adam",
    "CRNNClassifier",
    "CRNNFeatures",
    "FaceFolder",
    "Losses",
    "RowsClassifier",
    "SharedWindows",
    "import_state_dict",
    "load",
    "normalise",
    "save",
    "write_face_folder",
    "write_face_folder_from_films",
]
