"""Benchmarks: ``asv run`` over the history, ``asv run --python=same --quick`` here and now, peers.py beside others."""
