"""Time from raw files to features, per person: compiled, then from the cache.

    python benchmarks/corpus.py CORPUS --labels LABELS [--format empatica]

One process, one job. The first pass compiles the kernels and is not counted.
"""

import argparse
import statistics
import tempfile
import time
import warnings

from physiofer import datasets, pipeline


def timed(action):
    """Seconds an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def main():
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus")
    parser.add_argument("--labels", required=True)
    parser.add_argument("--format", default="auto")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    def read():
        return datasets.read_corpus(arguments.corpus, format=arguments.format, labels=arguments.labels)

    n_people = len(read().subjects)
    pipeline.extract(read()[:1])
    whole = [timed(lambda: pipeline.extract(read())) for _ in range(arguments.repeats)]
    with tempfile.TemporaryDirectory() as cache:
        pipeline.extract(read(), cache=cache)
        again = [timed(lambda: pipeline.extract(read(), cache=cache)) for _ in range(arguments.repeats)]
    print(f"{n_people} people; median of {arguments.repeats} runs (fastest to slowest)")
    for name, seconds, share in (
        ("files to features, a person", whole, n_people),
        ("second run, all people", again, 1),
    ):
        low, high = min(seconds) / share, max(seconds) / share
        print(f"{name:30s} {statistics.median(seconds) / share:6.3f} s ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
