"""Loops of the remote pulse: the plane-orthogonal-to-skin projection and the path of a heart rate over time."""
