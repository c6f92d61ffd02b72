"""Corpora: recordings of many people with their labels, loaded one at a time.

:func:`read_corpus` reads a folder of people; :func:`simulate_corpus` makes the corpus that comes with physiofer.
"""

from .corpus import Corpus, InMemorySource, RecordingSource
from .folder import FileSource, read_corpus
from .synthetic import simulate_corpus

__all__ = ["Corpus", "FileSource", "InMemorySource", "RecordingSource", "read_corpus", "simulate_corpus"]
