"""Time and memory of the path from recordings to scores, and of starting up."""

import subprocess
import sys
import tempfile
import warnings

from physiofer import datasets, pipeline
from physiofer.datasets import Corpus
from physiofer.evaluation import check_leakage


def _corpus(n_subjects):
    """Simulated people, already in memory."""
    return Corpus.from_recordings(source.load() for source in datasets.simulate_corpus(n_subjects, missing=False))


class Extract:
    """Two people, one process; then the same from the cache."""

    def setup(self):
        self.corpus = _corpus(2)
        self.folder = tempfile.TemporaryDirectory()
        pipeline.extract(self.corpus, cache=self.folder.name)

    def teardown(self):
        self.folder.cleanup()

    def time_two_people(self):
        pipeline.extract(self.corpus)

    def time_two_people_cached(self):
        pipeline.extract(self.corpus, cache=self.folder.name)

    def peakmem_two_people(self):
        pipeline.extract(self.corpus)


class Fit:
    """One fit of each fusion on eight people."""

    params = ["early", "late", "stacked"]
    param_names = ["fusion"]

    def setup(self, fusion):
        self.table = pipeline.extract(_corpus(8))
        self.y = self.table.targets["stress"]
        self.model = pipeline.make_classifier("svm", fusion)

    def time_fit(self, fusion):
        self.model.fit(self.table.X, self.y, groups=self.table.subjects)

    def peakmem_fit(self, fusion):
        self.model.fit(self.table.X, self.y, groups=self.table.subjects)


class Evaluate:
    """Leave-one-subject-out of one pipeline on eight people, and the leak guard alone."""

    def setup(self):
        warnings.simplefilter("ignore")
        self.table = pipeline.extract(_corpus(8))

    def time_evaluate(self):
        pipeline.evaluate(self.table, "stress", models=["logistic"], fusions=["late"], importance=False)

    def time_check_leakage(self):
        table = self.table
        check_leakage(table.X, table.targets["stress"], table.subjects, start_s=table.start_s, window_s=table.window_s)


class Start:
    """A new process each time: the interpreter's own start is part of it."""

    def time_import(self):
        subprocess.run([sys.executable, "-c", "import physiofer"], check=True)

    def time_help(self):
        code = "import sys; sys.argv = ['physiofer', '--help']; from physiofer.cli import main; main()"
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    def time_nothing(self):
        subprocess.run([sys.executable, "-c", "pass"], check=True)
