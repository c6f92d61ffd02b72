"""Loops over skin conductance: responses from trough to peak, and the convex decomposition."""
