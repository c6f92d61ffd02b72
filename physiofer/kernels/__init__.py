"""Numba loops on plain arrays, one file per signal. They trust their input: call :mod:`physiofer.signals` instead."""
