"""Faces in frames of video: where they are, their landmarks, and what is measured on them."""
