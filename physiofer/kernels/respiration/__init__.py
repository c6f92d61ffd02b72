"""Loops over respiration: breaths, their statistics, spectra, and the beats of the heart in step with them."""
