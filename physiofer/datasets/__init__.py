"""Corpora: recordings of many people with their labels, loaded one at a time.

:func:`read_corpus` reads a folder of people; :func:`simulate_corpus` makes the corpus that comes with physiofer;
:func:`deap_films` and :func:`mahnob_films` find the films of faces in these corpora, with their labels and hearts.
"""

from .corpus import Corpus, InMemorySource, RecordingSource
from .deap import deap_films
from .folder import FileSource, read_corpus
from .mahnob import mahnob_films
from .synthetic import simulate_corpus

__all__ = [
    "Corpus",
    "FileSource",
    "InMemorySource",
    "RecordingSource",
    "deap_films",
    "mahnob_films",
    "read_corpus",
    "simulate_corpus",
]
