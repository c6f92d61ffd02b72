"""The scripts a researcher would copy run as they are, from a shell, on files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fake_corpus import write_empatica_corpus

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run_example(name, *arguments, folder):
    """Run an example in a folder; what it printed."""
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Three people on disk as Empatica folders, with labels per second."""
    return write_empatica_corpus(tmp_path_factory.mktemp("empatica") / "people", n_subjects=3, trial_s=90.0)


@pytest.mark.slow
def test_cross_subject_evaluation(corpus, tmp_path):
    printed = run_example(
        "cross_subject_evaluation.py", corpus, "--labels", corpus / "labels.csv", "--target", "stress",
        folder=tmp_path,
    )  # fmt: skip
    assert re.search(r"\d+ windows of 3 subjects", printed)
    for pipeline in ("svm/early", "rf/late"):
        score, low, high, chance = map(float, re.search(rf"{pipeline}((?: +[\d.]+){{4}})", printed)[1].split())
        assert 0.0 <= low <= score <= high <= 1.0
        assert chance == 0.5
    assert "left out:" not in printed
    report = (tmp_path / "report.html").read_text()
    assert "Leave-one-subject-out" in report
    assert str(corpus) not in report


@pytest.mark.slow
def test_transformer_in_sklearn(tmp_path):
    printed = run_example("transformer_in_sklearn.py", folder=tmp_path)
    assert "windows: (80, 3840)" in printed
    assert 0.5 < float(re.search(r"mean ([\d.]+)", printed)[1]) <= 1.0
    assert "rmssd_ms" in printed


def test_gallery_scripts_have_a_title_and_a_question():
    scripts = sorted(EXAMPLES.glob("plot_*.py"))
    assert len(scripts) >= 3
    for script in scripts:
        title = script.read_text(encoding="utf-8").splitlines()[1]
        assert title.endswith("?"), script.name
