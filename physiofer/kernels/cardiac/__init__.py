"""Loops over beats: detection in pulse wave and ECG, artefact rejection and correction, heart rate variability."""
