"""The command line as its users meet it: exit codes, stdout, stderr and the files it leaves."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import warnings
from pathlib import Path

import fake_result
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from physiofer.cli import app
from physiofer.cli.ending import tidy_ending
from physiofer.cli.output import check_outputs
from physiofer.cli.settings import DEFAULTS, find_labels, read_settings, resolve, shareable
from physiofer.exceptions import InvalidArgumentError, LeakageError, MissingExtraError, QualityWarning

SUBJECTS = [f"S{number:02d}" for number in range(1, 6)]
SECONDS, START = 600, 1_600_000_000
FAST = ["--modalities", "temperature", "--models", "logistic", "--fusions", "early", "--jobs", "1"]
LABELLED = ["--labels", "labels.csv", "--target", "stress"]
RUN = "import sys; from physiofer.cli import main; sys.argv[0] = 'physiofer'; main()"


def _person(folder, rng, *, flat=False):
    """An E4 folder of a thermometer whose wearer warms up a little, and not always, in the second half."""
    folder.mkdir(parents=True)
    times_s = np.arange(SECONDS * 4) / 4
    warmth = rng.uniform(-0.1, 0.4) * (times_s > SECONDS / 2)
    values = np.full(times_s.size, 33.0) if flat else 33 + warmth + np.cumsum(rng.normal(0, 0.01, times_s.size))
    lines = [f"{START}.0", "4.0", *(f"{value:.2f}" for value in values)]
    (folder / "TEMP.csv").write_text("\n".join(lines) + "\n")


def _labels(path, subjects, second=1):
    half = SECONDS // 2
    rows = [
        f"{who},{START + at},{START + at + half},{label}" for who in subjects for at, label in ((0, 0), (half, second))
    ]
    path.write_text("\n".join(["subject,start_unix_s,stop_unix_s,stress", *rows]) + "\n")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder of corpora and label tables, good and bad."""
    root, rng = tmp_path_factory.mktemp("places"), np.random.default_rng(0)
    for name, people, flat in (("corpus", SUBJECTS, False), ("alone", SUBJECTS[:1], False), ("flat", SUBJECTS, True)):
        for subject in people:
            _person(root / name / subject, rng, flat=flat)
        _labels(root / name / "labels.csv", people)
    _labels(root / "calm.csv", SUBJECTS, second=0)
    _labels(root / "others.csv", ["X1", "X2"])
    (root / "empty").mkdir()
    (root / "images").mkdir()
    (root / "images" / "face.jpg").write_bytes(b"\xff\xd8\xff")
    (root / "broken.json").write_text("{")
    (root / "other.json").write_text('{"a": 1}')
    (root / "broken.parquet").write_text("PAR1")
    (root / "result.json").write_text(json.dumps(fake_result.make(8)))
    return root


@pytest.fixture
def here(places, monkeypatch):
    """The places as working folder; what a test leaves there is taken away."""
    monkeypatch.chdir(places)
    before = set(places.iterdir())
    yield places
    for path in set(places.iterdir()) - before:
        path.unlink()


def run(*args):
    """A command and what became of it; nothing but PhysioferErrors may have been caught on the way."""
    outcome = CliRunner().invoke(app, list(args), prog_name="physiofer")
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome


@pytest.fixture(scope="module")
def evaluated(places):
    """One evaluation with all its files, and what it said."""
    out = places / "out"
    out.mkdir()
    before = os.getcwd()
    os.chdir(places)
    try:
        outcome = run("evaluate", "corpus", *LABELLED, *FAST, "--json", "out/a.json", "--report", "out/a.html")
    finally:
        os.chdir(before)
    assert outcome.exit_code == 0, outcome.stderr
    return out, outcome


# --- help ------------------------------------------------------------------------------------------------------------
def test_help_names_the_commands_and_each_has_an_example():
    overall = run("--help")
    assert overall.exit_code == 0
    for command in ("demo", "info", "extract", "evaluate", "report"):
        assert command in overall.stdout
        told = run(command, "--help")
        assert told.exit_code == 0
        assert f"Example: physiofer {command}" in told.stdout and "--json" in told.stdout


def test_version_is_printed():
    from physiofer import __version__

    assert run("--version").stdout.strip() == f"physiofer {__version__}"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom physiofer.cli import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'sklearn', 'numba', 'matplotlib', 'jinja2', 'mne', 'joblib', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert time.perf_counter() - begin < 5  # the figure is 0.4 s; a machine shared with other tests is slower


# --- the main road ---------------------------------------------------------------------------------------------------
def test_evaluate_writes_result_report_and_configuration(evaluated):
    out, outcome = evaluated
    assert sorted(path.name for path in out.iterdir()) == ["a.config.toml", "a.html", "a.json"]
    result = json.loads((out / "a.json").read_text())
    (pipeline,) = result["pipelines"]
    assert set(pipeline["subjects"]) == set(SUBJECTS)
    assert pipeline["balanced_accuracy"]["mean"] == pytest.approx(np.mean(list(pipeline["subjects"].values())))
    assert f"{pipeline['balanced_accuracy']['mean']:.3f}" in outcome.stdout and "chance 0.500" in outcome.stdout
    assert "Wrote out/a.json, out/a.html, out/a.config.toml" in outcome.stdout
    assert "Can “stress” be predicted" in (out / "a.html").read_text(encoding="utf-8")


def test_results_name_no_place_on_the_machine(evaluated, places):
    for path in evaluated[0].iterdir():
        assert str(places) not in path.read_text(encoding="utf-8")


def test_stored_configuration_gives_the_same_numbers(evaluated, here):
    out, _ = evaluated
    first = json.loads((out / "a.json").read_text())
    stored = tomllib.loads((out / "a.config.toml").read_text())
    assert stored == {key: value for key, value in first["config"].items() if value is not None}
    assert stored["labels"] == "labels.csv" and stored["models"] == ["logistic"]
    again = run("evaluate", "corpus", "--config", "out/a.config.toml", "--jobs", "1", "--json", "-")
    second = json.loads(again.stdout)  # nothing but JSON on stdout
    assert second["pipelines"][0]["subjects"] == first["pipelines"][0]["subjects"]
    assert second["config"] == first["config"]
    assert "chance 0.500" in again.stderr
    assert first["command"] == "physiofer evaluate corpus --config a.config.toml"


def test_command_line_overrides_the_configuration(evaluated, here):
    outcome = run(
        "evaluate",
        "corpus",
        "--config",
        "out/a.config.toml",
        "--jobs",
        "1",
        "--window",
        "100",
        "--seed",
        "3",
        "--json",
        "-",
    )
    config = json.loads(outcome.stdout)["config"]
    assert (config["window_s"], config["seed"], config["models"]) == (100.0, 3, ["logistic"])


def test_extracted_table_evaluates_to_the_same(evaluated, here):
    done = run("extract", "corpus", "--labels", "labels.csv", "--modalities", "temperature", "--jobs", "1",
               "--out", "t.parquet", "--json", "t.json")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    about = json.loads(Path("t.json").read_text())
    assert about["targets"] == ["stress"] and about["table"] == "t.parquet" and about["n_subjects"] == 5
    outcome = run("evaluate", "t.parquet", "--models", "logistic", "--fusions", "early", "--json", "-", "--jobs", "1")
    first = json.loads((evaluated[0] / "a.json").read_text())
    assert json.loads(outcome.stdout)["pipelines"][0]["subjects"] == first["pipelines"][0]["subjects"]
    assert json.loads(outcome.stdout)["config"]["window_s"] == 60.0
    clash = run("evaluate", "t.parquet", "--window", "30")
    assert clash.exit_code == 2 and "extracted with 60.0" in clash.stderr
    assert "--labels has no effect" in run("evaluate", "t.parquet", "--labels", "calm.csv").stderr
    told = run("info", "t.parquet", "--json", "-")
    assert json.loads(told.stdout)["targets"]["stress"] == {"0": 45, "1": 45}
    assert "windows of 60 s of 5 people" in told.stderr


def test_cache_is_filled_and_used(here, tmp_path):
    cache = str(tmp_path / "cache")
    first = run("extract", "corpus", *FAST[:2], "--out", "t.parquet", "--cache", cache, "--jobs", "1")
    assert first.exit_code == 0, first.stderr
    kept = sorted(Path(cache).iterdir())
    assert len(kept) == 5
    stamps = [path.stat().st_mtime_ns for path in kept]
    assert run("extract", "corpus", *FAST[:2], "--out", "t.parquet", "--cache", cache, "--jobs", "1").exit_code == 0
    assert [path.stat().st_mtime_ns for path in kept] == stamps


def test_info_of_a_corpus(here):
    told = run("info", "corpus", "--labels", "labels.csv")
    assert told.exit_code == 0
    assert "corpus: 5 recordings of 5 people" in told.stdout and "temperature" in told.stdout
    assert "labels: stress; 10 events" in told.stdout
    about = json.loads(run("info", "corpus", "--json", "-").stdout)
    assert [recording["subject"] for recording in about["recordings"]] == SUBJECTS
    assert about["recordings"][0]["streams"][0]["rate"] == 4.0


def test_info_and_report_of_a_result(here):
    assert "SVM" in run("info", "result.json").stdout
    done = run("report", "result.json", "--out", "page.html", "--json", "-")
    assert json.loads(done.stdout) == {
        "format": "physiofer-report", "format_version": 1, "report": "page.html", "target": "stress",
        "protocol": "loso", "n_subjects": 8, "n_pipelines": 9,
    }  # fmt: skip
    assert "Wrote page.html" in done.stderr
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run("report", "result.json").exit_code == 0 and Path("result.html").is_file()


@pytest.mark.slow
def test_demo_ends_by_naming_its_report(here):
    done = run("demo", "--subjects", "3", "--report", "d.html", "--json", "d.json", "--jobs", "1")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Wrote the report: d.html"
    result = json.loads(Path("d.json").read_text())
    assert result["command"] == "physiofer demo --subjects 3 --seed 0" and result["n_subjects"] == 3
    assert "physiofer demo --subjects 3" in Path("d.html").read_text(encoding="utf-8")


# --- hostile input: one clear line, the right code, no file ----------------------------------------------------------
@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["evaluate", "empty", "--target", "stress"], 3, r"no recordings found in 'empty'"),
        (["evaluate", "images", "--target", "stress"], 3, r"found .*jpg"),
        (["evaluate", "nowhere", "--target", "stress"], 3, r"'nowhere' does not exist"),
        (["evaluate", "nowhere.parquet"], 3, r"nowhere.parquet"),
        (["evaluate", "broken.parquet"], 3, r"broken.parquet"),
        (["evaluate", "corpus", "--labels", "others.csv", "--target", "stress", *FAST], 3, r"none of these subjects"),
        (["evaluate", "corpus", "--labels", "nowhere.csv", "--target", "stress", *FAST], 3, r"nowhere.csv"),
        (["evaluate", "alone", *LABELLED, *FAST], 2, r"one person only"),
        (["evaluate", "corpus", "--labels", "calm.csv", "--target", "stress", *FAST], 2, r"one class only"),
        (["evaluate", "corpus", *LABELLED, *FAST, "--window", "5000"], 2, r"window_s=5000 fits into no trial"),
        (["evaluate", "corpus", *LABELLED, *FAST, "--window", "-1"], 2, r"window_s=-1.0"),
        (["evaluate", "corpus", *LABELLED, "--models", "svn"], 2, r"Did you mean svm"),
        (["evaluate", "corpus", *LABELLED, "--fusions", "erly"], 2, r"Did you mean early"),
        (["evaluate", "corpus", *LABELLED, "--models", ","], 2, r"--models names nothing"),
        (["evaluate", "corpus", *LABELLED, "--normalise", "subjects"], 2, r"Did you mean subject"),
        (["evaluate", "corpus", *LABELLED, "--protocol", "lso"], 2, r"Did you mean loso"),
        (["evaluate", "corpus", *LABELLED, "--modalities", "edda"], 2, r"Did you mean eda"),
        (["evaluate", "corpus", *LABELLED, "--splits", "1"], 2, r"--splits=1"),
        (["evaluate", "corpus", "--labels", "labels.csv", "--target", "strss", *FAST], 2, r"labels are: stress"),
        (["evaluate", "corpus", *FAST], 2, r"--labels is missing"),
        (["evaluate", "corpus", *LABELLED, "--format", "edf"], 2, r"format='edf'"),
        (["evaluate", "corpus", "--json", "no/a.json"], 2, r"there is no folder 'no'"),
        (["evaluate", "corpus", "--report", "corpus"], 2, r"it is a folder"),
        (["evaluate", "corpus", "--report", "a", "--json", "a"], 2, r"goes there already"),
        (["demo", "--report", "no/a.html"], 2, r"there is no folder 'no'"),
        (["report", "nowhere.json"], 3, r"nowhere.json cannot be read"),
        (["report", "broken.json"], 3, r"broken.json is no JSON"),
        (["report", "other.json"], 3, r"other.json is no result"),
        (["info", "other.json"], 3, r"other.json is no result"),
        (["info", "empty"], 3, r"no recordings found"),
        (["extract", "corpus", "--out", "no/t.parquet"], 2, r"there is no folder 'no'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(here, args, code, told):
    before = set(here.iterdir())
    outcome = run(*args)
    errors = [line for line in outcome.stderr.splitlines() if not line.startswith("warning: ")]
    assert outcome.exit_code == code, outcome.stderr
    assert len(errors) == 1 and errors[0].startswith("error: ")
    assert re.search(told, errors[0])
    assert outcome.stdout == "" and set(here.iterdir()) == before


def test_a_constant_sensor_is_a_warning_and_gives_chance(here):
    outcome = run("evaluate", "flat", *LABELLED, *FAST, "--json", "-")
    assert outcome.exit_code == 0, outcome.stderr
    assert json.loads(outcome.stdout)["pipelines"][0]["balanced_accuracy"]["mean"] == pytest.approx(0.5)
    (line,) = [line for line in outcome.stderr.splitlines() if "same value throughout" in line]
    assert line.startswith("warning: S01/1, S02/1")  # one line for all five


def test_usage_errors_exit_with_two(here):
    for args in (["evaluate"], ["evaluate", "corpus", "--jobs", "0"], ["demo", "--subjects", "1"], ["nothing"]):
        outcome = run(*args)
        assert outcome.exit_code == 2 and "Traceback" not in outcome.stderr


def test_a_result_of_another_layout_is_unreadable_data(here):
    wrong = {**fake_result.make(3), "inputs": []}
    Path("wrong.json").write_text(json.dumps(wrong))
    outcome = run("report", "wrong.json", "--out", "wrong.html")
    assert outcome.exit_code == 3 and "result['inputs'] must be a dict" in outcome.stderr
    assert not Path("wrong.html").exists()


# --- configuration ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("windows_s = 3", "did you mean window_s"),
        ('zzz = "a"', "known are format, labels"),
        ('models = "svm"', "must be a list of names"),
        ('seed = "a"', "must be a number"),
        ("seed = 1.5", "must be a number"),
        ("target = 3", "must be a text"),
        ("purity = true", "must be a number"),
        ("a b", "is no TOML file"),
    ],
)
def test_wrong_configurations_are_refused_with_a_hint(here, text, told):
    Path("c.toml").write_text(text)
    outcome = run("evaluate", "corpus", "--config", "c.toml")
    assert outcome.exit_code == 2 and "--config 'c.toml'" in outcome.stderr and told in outcome.stderr


def test_a_missing_configuration_is_a_bad_argument(here):
    outcome = run("evaluate", "corpus", "--config", "nowhere.toml")
    assert outcome.exit_code == 2 and "cannot be read" in outcome.stderr


def test_settings_come_from_defaults_then_file_then_command_line(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('target = "joy"\nwindow_s = 30\nmodels = ["rf"]')
    settings, chosen = resolve({"window_s": 20.0, "seed": None}, path)
    assert settings == {**DEFAULTS, "target": "joy", "window_s": 20.0, "models": ["rf"]}
    assert chosen == {"target", "window_s", "models"}
    assert read_settings(path)["window_s"] == 30.0 and isinstance(read_settings(path)["window_s"], float)


def test_labels_are_stored_without_their_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inside = tmp_path / "data" / "tables" / "labels.csv"
    inside.parent.mkdir(parents=True)
    inside.touch()
    assert shareable({"labels": str(inside)}, "data")["labels"] == "tables/labels.csv"
    assert shareable({"labels": "data/tables/labels.csv"}, tmp_path / "data")["labels"] == "tables/labels.csv"
    assert shareable({"labels": "/elsewhere/labels.csv"}, "data")["labels"] == "labels.csv"
    assert shareable({"labels": "../elsewhere/labels.csv"}, "data")["labels"] == "labels.csv"
    assert shareable({"labels": None}, "data") == {"labels": None}
    assert find_labels("tables/labels.csv", "data") == Path("data/tables/labels.csv")
    assert find_labels("absent.csv", "data") == "absent.csv"


# --- endings ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (InvalidArgumentError("a\nb"), 2, "error: a b"),
        (MissingExtraError("torch"), 2, "error: torch"),
        (LeakageError("no"), 2, "error: no"),
        (PermissionError(13, "Permission denied", "x.csv"), 3, "error: Permission denied: x.csv"),
        (KeyboardInterrupt(), 130, "stopped: "),
    ],
)
def test_endings(capsys, error, code, told):
    with pytest.raises(typer.Exit) as caught, tidy_ending():
        raise error
    assert caught.value.exit_code == code
    assert capsys.readouterr().err.startswith(told)


def test_an_error_that_is_a_bug_is_not_hidden():
    with pytest.raises(ZeroDivisionError), tidy_ending():
        raise ZeroDivisionError


def test_warnings_are_gathered_into_few_lines(capsys):
    with tidy_ending():
        for number in range(20):
            warnings.warn(f"S{number:02d}/1: no skin", QualityWarning, stacklevel=1)
            warnings.warn("the same", QualityWarning, stacklevel=1)
            warnings.warn(f"all different {number}", QualityWarning, stacklevel=1)
        warnings.warn("of another package", RuntimeWarning, stacklevel=1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "warning: S00/1, S01/1, S02/1, S03/1 and 16 more: no skin"
    assert lines[1] == "warning: the same"
    assert len(lines) == 9 and lines[-1] == "warning: and 15 more."


def test_outputs_are_checked_by_trying(tmp_path, monkeypatch):
    def refuse(**_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("physiofer.cli.output.tempfile.TemporaryFile", refuse)
    with pytest.raises(InvalidArgumentError, match="--report .*Read-only file system"):
        check_outputs(report=tmp_path / "a.html")
    check_outputs(json="-", report=None)


def test_no_recording_is_read_before_the_outputs_are_checked(here, monkeypatch):
    monkeypatch.setattr("physiofer.datasets.read_corpus", lambda *_, **__: pytest.fail("read too early"))
    assert run("evaluate", "corpus", "--target", "stress", "--json", "no/a.json").exit_code == 2
    assert run("evaluate", "corpus", "--target", "stress", "--models", "svn").exit_code == 2


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_leaves_nothing_behind(tmp_path):
    args = [sys.executable, "-c", RUN, "demo", "--subjects", "400", "--jobs", "1", "--report", "r.html"]
    # A shell ignores SIGINT for what it runs in the background, and its children inherit that.
    listen = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)} if os.name == "posix" else {}
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(args, cwd=tmp_path, **pipes, **listen)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stderr.strip().startswith("stopped: ") and "Traceback" not in stderr
    assert stdout.strip() == "" and list(tmp_path.iterdir()) == []


def test_a_closed_pipe_is_no_error(here):
    script = f'"{sys.executable}" -c "{RUN}" info result.json --json - | true; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Error" not in done.stderr and "Exception" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "x", "--window", "abc"], "error: Invalid value for '--window'"),
        (["demo", "--jobs", "0"], "error: Invalid value for '--jobs'"),
        (["evaluate"], "error: Missing argument 'CORPUS'"),
        (["evalute", "x"], "error: No such command 'evalute'"),
    ],
)
def test_usage_errors_are_one_line_too(arguments, message):
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 2
    assert ran.stderr.startswith(message) and ran.stderr.count("\n") == 1 and not ran.stdout
