import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from physiofer.evaluation import Candidate, Evaluation, Finding, cross_subject_evaluate
from physiofer.evaluation.results import plain
from physiofer.exceptions import InvalidArgumentError, UnreadableDataError


@pytest.fixture(scope="module")
def evaluation():
    rng = np.random.default_rng(1)
    people = np.repeat(["Ä", "b", "c", "d", "e"], 20)
    y = np.tile(np.arange(20) // 5 % 2, 5)
    y[people == "e"] = 0
    X = pd.DataFrame(rng.normal(size=(100, 2)) + y[:, np.newaxis], columns=["eda__level_us", "cardiac__rate_bpm"])
    candidates = [Candidate("weak", "early", LogisticRegression(C=1e-3)), Candidate("plain", "", LogisticRegression())]
    return cross_subject_evaluate(candidates, X, y, people, target="stress")


def test_json_is_strict_and_comes_back(evaluation, tmp_path):
    text = evaluation.to_json()
    assert json.loads(text, parse_constant=pytest.fail) == evaluation.to_dict()
    assert evaluation.to_json(tmp_path / "out.json") is None
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    again = Evaluation.from_json(tmp_path / "out.json")
    assert again.to_dict() == evaluation.to_dict()
    pd.testing.assert_frame_equal(again.summary(), evaluation.summary())
    assert again.findings == evaluation.findings and repr(again) == repr(evaluation)
    assert again.scores is None and again.predictions is None
    shared = ["pipeline", "model", "fusion", "normalise", "subject", "balanced_accuracy"]
    pd.testing.assert_frame_equal(again.subjects, evaluation.subjects[shared])


def test_undefined_scores_are_null(evaluation):
    assert evaluation.to_dict()["pipelines"][0]["subjects"]["e"] is None
    assert '"e": null' in evaluation.to_json()


def test_summary_has_one_row_per_pipeline(evaluation):
    summary = evaluation.summary()
    assert summary["pipeline"].tolist() == ["weak/early", "plain"]
    for metric in ("balanced_accuracy", "macro_f1", "auc", "accuracy"):
        assert (summary[f"{metric}_low"] <= summary[metric]).all()
        assert (summary[metric] <= summary[f"{metric}_high"]).all()
    assert (summary["chance"] == 0.5).all()


def test_text_and_notebook_show_the_short_table(evaluation):
    text = repr(evaluation)
    assert text.startswith("stress: 100 windows of 5 people, loso; chance 0.500, majority 0.600")
    assert "plain 0." in text.replace("  ", " ") and "[" in text
    page = evaluation._repr_html_()
    assert page.startswith("<p>stress") and "<table" in page and "weak/early" in page


def test_result_is_a_copy(evaluation):
    evaluation.to_dict()["pipelines"].clear()
    assert len(evaluation.to_dict()["pipelines"]) == 2
    assert all(isinstance(finding, Finding) for finding in evaluation.findings)


def test_report_is_written(evaluation, tmp_path):
    evaluation.to_html(tmp_path / "report.html")
    assert "stress" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_old_result_is_replaced_whole(evaluation, tmp_path):
    path = tmp_path / "out.json"
    path.write_text("old")
    evaluation.to_json(str(path))
    assert json.loads(path.read_text(encoding="utf-8"))["target"] == "stress"


def test_an_unwritable_path_is_one_clear_line(evaluation, tmp_path):
    for path in (tmp_path / "nowhere" / "out.json", tmp_path):
        with pytest.raises(InvalidArgumentError, match="cannot be written") as caught:
            evaluation.to_json(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "no JSON file"),
        (b'{"format": "physio', "no JSON file"),
        (b"[1, 2]", "no result of an evaluation"),
        (b'{"format": "other"}', "no result of an evaluation"),
        (b'{"format": "physiofer-evaluation", "format_version": 99}', "format version 99; this physiofer reads 1"),
        (b'{"format": "physiofer-evaluation", "format_version": 1, "target": "x"}', "not complete: chance"),
    ],
)
def test_files_that_are_no_results_are_named(tmp_path, content, message):
    path = tmp_path / "result.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableDataError, match=f"result.json.*{message}"):
        Evaluation.from_json(path)


def test_plain_values_are_strict_json():
    value = {
        1: np.array([[1.0, np.inf], [np.nan, 2.0]]),
        "path": Path("/home/me/corpus"),
        "text": ["/home/me/x", "C:\\me\\y", "a/b"],
        "flag": np.bool_(True),
        "set": {3, 1},
        "other": 1 + 2j,
        "nothing": None,
    }
    assert plain(value) == {
        "1": [[1.0, None], [None, 2.0]],
        "path": "corpus",
        "text": ["x", "y", "a/b"],
        "flag": True,
        "set": [1, 3],
        "other": "(1+2j)",
        "nothing": None,
    }
    assert not math.isnan(json.loads(json.dumps(plain([0.5]), allow_nan=False))[0])
