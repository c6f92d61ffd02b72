"""Numba loops for EEG: spectra, complexity, and coupling between channels."""
