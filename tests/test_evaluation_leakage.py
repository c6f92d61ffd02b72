import time
import warnings

import naive_evaluation as naive
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import KFold

from physiofer.evaluation import Finding, check_leakage, enforce, leave_one_subject_out
from physiofer.evaluation.problem import read_problem
from physiofer.evaluation.split_checks import check_splits
from physiofer.exceptions import InvalidArgumentError, LeakageError, LeakageWarning

N_PEOPLE, N_WINDOWS = 12, 60


@pytest.fixture
def table(rng):
    """Clean features: noise on a level of each person, tasks in blocks, windows that overlap by half."""
    people = np.repeat([f"S{number:02d}" for number in range(N_PEOPLE)], N_WINDOWS)
    task = np.tile(np.arange(N_WINDOWS) // 12, N_PEOPLE)
    levels = np.repeat(rng.normal(0, 3, size=(N_PEOPLE, 20)), N_WINDOWS, axis=0)
    X = pd.DataFrame(rng.normal(size=(people.size, 20)) + levels)
    X.columns = [f"{['eda', 'cardiac'][place % 2]}__f{place}" for place in range(20)]
    start_s = np.tile(np.arange(N_WINDOWS) * 30.0, N_PEOPLE)
    return {"X": X, "y": task % 2, "subjects": people, "trials": task, "start_s": start_s, "window_s": 60.0}


def found(table, **changes):
    """Checks with their severities, infos aside."""
    findings = check_leakage(**{**table, **changes})
    return {finding.check: finding.severity for finding in findings if finding.severity != "info"}


def with_column(table, values, name="eda__leak"):
    return table["X"].assign(**{name: values})


def test_clean_table_raises_no_alarm_and_people_are_told_apart(table):
    findings = check_leakage(**table)
    assert [(finding.check, finding.severity) for finding in findings] == [("subject-decodability", "info")]
    assert findings[0].details["accuracy"] > 0.9
    assert "names the person" in findings[0].message


@pytest.mark.parametrize("n_people", [2, 5, 10])
@pytest.mark.parametrize("design", ["within", "between", "walks"])
@pytest.mark.parametrize("normalise", ["none", "subject"])
def test_no_false_alarm_on_luck(rng, n_people, design, normalise):
    for _ in range(3):
        X = rng.normal(size=(n_people, 40, 60))
        if design == "walks":  # slow drifts under two blocks of labels look like effects
            X = np.cumsum(X, axis=1)
        X = (X + 3 * rng.normal(size=(n_people, 1, 60))).reshape(-1, 60)
        y = np.repeat(np.arange(n_people) % 2, 40) if design == "between" else np.tile(np.arange(40) // 20, n_people)
        findings = check_leakage(X, y, np.repeat(np.arange(n_people), 40), normalise=normalise)
        assert [finding for finding in findings if finding.severity != "info"] == []


def test_random_folds_are_refused_on_every_count(table):
    splits = KFold(5, shuffle=True, random_state=0).split(table["X"])  # a generator, as users have it
    assert found(table, splits=splits) == {
        "subject-overlap": "error",
        "trial-overlap": "error",
        "recording-overlap": "error",
        "window-overlap": "error",
    }


def test_split_by_trial_still_shares_person_and_seconds(table):
    # each person's last block is tested, the others are learned: the windows at the border overlap
    last = table["trials"] == 4
    splits = [(~last, last)]
    checks = found(table, splits=splits)
    assert "trial-overlap" not in checks
    assert checks["subject-overlap"] == checks["window-overlap"] == "error"
    findings = check_leakage(**table, splits=splits)
    overlap = next(finding for finding in findings if finding.check == "window-overlap")
    assert overlap.details["n_windows"] == N_PEOPLE  # one window a person reaches back into the block before


def test_windows_that_touch_do_not_overlap(table):
    last = table["trials"] == 4
    assert "window-overlap" not in found(table, splits=[(~last, last)], window_s=30.0)


def test_row_on_both_sides_is_named(table):
    checks = found(table, splits=[(np.arange(100), np.arange(99, 150))])
    assert checks["row-overlap"] == "error"


def test_trial_names_that_people_share_are_no_overlap(table):
    assert "trial-overlap" not in found(table)
    assert "trial-overlap" not in found(table, recordings=np.full(table["y"].size, "session1"))


def test_messages_name_the_people(table):
    train, test = np.arange(70), np.arange(70, 120)
    findings = check_leakage(**table, splits=[(train, test)])
    subject = next(finding for finding in findings if finding.check == "subject-overlap")
    assert "1 subject on both sides of 1 of 1 splits (S01)" in subject.message
    trial = next(finding for finding in findings if finding.check == "trial-overlap")
    assert trial.details["trials"] == ["S01 0"]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_window_overlap_matches_naive(data):
    n_windows = data.draw(st.integers(4, 30))
    draw = lambda elements: data.draw(st.lists(elements, min_size=n_windows, max_size=n_windows))  # noqa: E731
    start_s, recording = draw(st.integers(0, 300).map(float)), draw(st.integers(0, 2))
    side = draw(st.integers(0, 2))
    train, test = (np.flatnonzero(np.array(side) == number) for number in (0, 1))
    window_s = data.draw(st.sampled_from([0.5, 10.0, 60.0]))
    problem = read_problem(
        np.zeros((n_windows, 1)), np.arange(n_windows) % 2, recording, start_s=start_s, window_s=window_s
    )
    findings = {finding.check: finding for finding in check_splits(problem, [(train, test)])}
    expected = naive.overlapping(recording, start_s, window_s, train, test)
    n_found = findings["window-overlap"].details["n_windows"] if "window-overlap" in findings else 0
    assert n_found == len(expected)


def test_windows_of_different_lengths_are_compared_by_their_ends():
    problem = read_problem(
        np.zeros((3, 1)), [0, 1, 0], ["a"] * 3, start_s=[0.0, 50.0, 120.0], window_s=[100.0, 5.0, 5.0]
    )
    findings = check_splits(problem, [(np.array([0]), np.array([1, 2]))])
    assert findings[-1].details["n_windows"] == 1


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("sign", [1, -1])
def test_label_under_noise_is_an_error(table, rng, noise, sign):
    leak = sign * (table["y"] + noise * rng.normal(size=table["y"].size)) + 40
    assert found(table, X=with_column(table, leak))["single-column"] == "error"


@pytest.mark.parametrize(("share", "severity"), [(0.02, "error"), (0.07, "warning"), (0.2, None)])
def test_label_with_flips_is_found_by_its_accuracy(table, rng, share, severity):
    flipped = rng.permutation(table["y"].size) < share * table["y"].size
    checks = found(table, X=with_column(table, np.where(flipped, 1 - table["y"], table["y"])))
    assert checks.get("single-column") == severity


def test_leak_that_is_neither_high_nor_low_is_found(table, rng):
    leak = np.where(table["y"] == 1, rng.choice([-1.0, 1.0], table["y"].size), 0) + 0.1 * rng.normal(
        size=table["y"].size
    )
    assert found(table, X=with_column(table, leak))["single-column"] == "error"


def test_leak_by_missing_values_is_found(table, rng):
    leak = np.where(table["y"] == 1, np.nan, rng.normal(size=table["y"].size))
    assert found(table, X=with_column(table, leak))["single-column"] == "error"


def test_leak_under_personal_levels_counts_once_they_are_taken_out(table, rng):
    levels = np.repeat(rng.normal(0, 20, N_PEOPLE), N_WINDOWS)
    X = with_column(table, table["y"] + levels + 0.1 * rng.normal(size=levels.size))
    assert "single-column" not in found(table, X=X)
    assert found(table, X=X, normalise="subject")["single-column"] == "error"


def test_eleven_copies_of_one_leaking_column_are_an_error(table, rng):
    # flipped in 3 % of windows and blurred: alone it would be a warning, but no measurement comes eleven times
    flipped = rng.permutation(table["y"].size) < 0.03 * table["y"].size
    leak = np.where(flipped, 1 - table["y"], table["y"]) + 0.3 * rng.normal(size=table["y"].size)
    assert found(table, X=with_column(table, leak))["single-column"] == "warning"
    copies = {f"eda__copy{k}": (k + 1) * (-1) ** k * leak + k for k in range(11)}
    checks = found(table, X=table["X"].assign(**copies))
    assert checks == {"single-column": "error", "duplicate-columns": "warning"}
    findings = {finding.check: finding for finding in check_leakage(**{**table, "X": table["X"].assign(**copies)})}
    assert findings["duplicate-columns"].details["groups"] == [list(copies)]
    assert "and 6 more" in findings["duplicate-columns"].message
    assert set(findings["single-column"].details["columns"]) == set(copies)


def test_target_among_the_features_is_named(table):
    X = with_column(table, np.where(table["y"] == 1, -3.0, 8.0), "cardiac__secret")
    findings = check_leakage(**{**table, "X": X})
    assert findings[0].check == "target-copy" and findings[0].severity == "error"
    assert "cardiac__secret" in findings[0].message


def test_three_classes_under_other_codes_are_found(table, rng):
    y = rng.integers(3, size=table["y"].size)
    assert found(table, y=y, X=with_column(table, np.array([5.0, 9.0, 7.0])[y]))["target-copy"] == "error"
    blurred = np.array([5.0, 9.0, 7.0])[y] + 0.2 * rng.normal(size=y.size)
    assert found(table, y=y, X=with_column(table, blurred)) == {"single-column": "error"}


def test_one_class_of_three_that_stands_out_is_no_error(table, rng):
    y = rng.integers(3, size=table["y"].size)  # say, cycling among two ways of sitting still
    X = with_column(table, 6.0 * (y == 2) + rng.normal(size=y.size), "motion__energy")
    assert found(table, y=y, X=X) == {"single-column": "warning"}


def test_a_good_feature_is_no_leak(table, rng):
    X = with_column(table, 1.5 * table["y"] + rng.normal(size=table["y"].size))  # AUC 0.86
    assert found(table, X=X) == {}


def test_duplicates_are_grouped_whatever_their_unit(table):
    X = table["X"].assign(eda__mv=1e-3 * table["X"]["eda__f0"] - 4, cardiac__neg=-table["X"]["eda__f0"])
    X["eda__f4"] = X["eda__f2"]
    findings = [finding for finding in check_leakage(**{**table, "X": X}) if finding.check == "duplicate-columns"]
    assert findings[0].severity == "warning"
    assert findings[0].details == {
        "groups": [["eda__f0", "eda__mv", "cardiac__neg"], ["eda__f2", "eda__f4"]],
        "n_extra": 3,
    }


def test_qualities_of_one_device_may_be_alike(table, rng):
    quality = rng.random(table["y"].size)
    X = table["X"].assign(eda__quality=quality, cardiac__quality=quality)
    assert found(table, X=X) == {}
    assert found(table, X=X.assign(eda__share=quality)) == {"duplicate-columns": "warning"}


def test_few_windows_cannot_copy_the_target(rng):
    X = pd.DataFrame({"a": [0.0, 1.0, 0.0, 1.0], "b": rng.random(4)})
    assert [finding.check for finding in check_leakage(X, [0, 1, 0, 1], ["a", "a", "b", "b"])] == []


def test_one_shared_outlier_makes_no_duplicate(table):
    X = table["X"].copy()
    X.iloc[7, [0, 1]] = 1e9
    assert found(table, X=X) == {}


def test_columns_that_are_constant_or_huge_are_no_duplicates(table):
    X = table["X"].assign(eda__zero=0.0, eda__one=1.0, eda__gone=np.nan, cardiac__gone=np.nan)
    X["eda__f0"] *= 1e300
    assert found(table, X=X) == {}


def test_recording_under_two_names_is_an_error(table):
    X = table["X"].copy()
    X.iloc[60:120] = X.iloc[0:60].to_numpy()
    X.iloc[:60, 3] = X.iloc[60:120, 3] = np.nan  # a lost sensor changes nothing
    findings = check_leakage(**{**table, "X": X})
    assert findings[0].check == "identical-rows" and findings[0].severity == "error"
    assert findings[0].details["pairs"] == [["S00", "S01", 60]]
    X.iloc[61:120] += 0.01
    assert found(table, X=X) == {"identical-rows": "warning"}


def test_rows_that_repeat_because_features_are_coarse_are_no_copies(table, rng):
    coarse = pd.DataFrame(rng.integers(3, size=(table["y"].size, 4)))
    assert "identical-rows" not in found(table, X=coarse)
    dead = table["X"] * np.nan  # all sensors off
    assert found(table, X=dead) == {}


def test_one_recording_of_two_people_is_an_error_unless_all_are_named_alike(table):
    names = table["subjects"].astype(object)
    shared = np.where(names == "S01", "S00", names)
    assert found(table, recordings=shared) == {"shared-recording": "error"}
    assert found(table, recordings=np.full(names.size, "session1")) == {}


def test_clock_columns_are_named(table):
    X = table["X"].assign(index=np.tile(np.arange(N_WINDOWS), N_PEOPLE), left_s=-(table["start_s"] ** 2))
    findings = {finding.check: finding for finding in check_leakage(**{**table, "X": X})}
    assert findings["time-column"].details["columns"] == ["index", "left_s"]
    # blocks of tasks in one order for everyone: the clock alone gives the label away
    assert findings["single-column"].severity == "error"
    mixed = np.random.default_rng(0).permutation(N_WINDOWS * N_PEOPLE)
    shuffled = {key: value if key == "window_s" else np.asarray(value)[mixed] for key, value in table.items()}
    shuffled["X"] = X.iloc[mixed]
    assert "time-column" in found(shuffled)


def test_person_columns_are_an_info(table):
    findings = check_leakage(**{**table, "X": with_column(table, np.repeat(np.arange(N_PEOPLE), N_WINDOWS), "age")})
    person = [finding for finding in findings if finding.check == "person-column"]
    assert person[0].severity == "info" and person[0].details["columns"] == ["age"]


@pytest.mark.parametrize("within", ["table", "subject"])
@pytest.mark.parametrize("ddof", [0, 1])
def test_table_treated_before_the_split_is_found(table, within, ddof):
    X = table["X"].mask(np.random.default_rng(0).random(table["X"].shape) < 0.05)
    groups = table["subjects"] if within == "subject" else np.zeros(len(X))
    scaled = X.groupby(groups).transform(lambda column: (column - column.mean()) / column.std(ddof=ddof))
    findings = [finding for finding in check_leakage(**{**table, "X": scaled}) if finding.check == "treated-table"]
    assert [(finding.severity, finding.details) for finding in findings] == [("warning", {"within": within})]


def test_missing_labels_and_infinite_values_are_reported(table):
    y = table["y"].astype(object)
    y[:N_WINDOWS] = None
    X = table["X"].copy()
    X.iloc[100, 0] = np.inf
    findings = {finding.check: finding for finding in check_leakage(**{**table, "y": y, "X": X})}
    assert findings["missing-labels"].details == {"n_windows": N_WINDOWS, "subjects": ["S00"]}
    assert findings["infinite-values"].severity == "warning"


def test_splits_keep_pointing_to_the_rows_given(table):
    y = table["y"].astype(object)
    y[:30] = None
    splits = leave_one_subject_out(table["subjects"])
    assert found(table, y=y, splits=splits) == {}


def test_one_person_can_be_checked(table):
    rows = slice(0, N_WINDOWS)
    findings = check_leakage(table["X"][rows], table["y"][rows], table["subjects"][rows])
    assert [finding for finding in findings if finding.severity != "info"] == []


def test_guard_is_quick(rng):
    people = np.repeat(np.arange(20), 100)
    X, y = rng.normal(size=(2000, 50)), np.tile(np.arange(100) // 20 % 2, 20)
    started = time.process_time()
    check_leakage(X, y, people, trials=np.tile(np.arange(100) // 20, 20), start_s=np.tile(np.arange(100.0), 20))
    assert time.process_time() - started < 3.0


def test_policies_raise_warn_or_keep_quiet():
    grave, doubtful = Finding("a", "error", "Grave."), Finding("b", "warning", "Doubtful.")
    with pytest.raises(LeakageError, match="Grave.*leakage='warn'"):
        enforce([doubtful, grave], "refuse")
    with pytest.warns(LeakageWarning, match="Doubtful. Grave") as caught:
        enforce([doubtful, grave, Finding("c", "info", "Idle.")], "warn")
    assert "Idle" not in str(caught[0].message) and caught[0].filename == __file__
    with pytest.warns(LeakageWarning, match="Doubtful"):
        enforce([doubtful], "refuse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enforce([grave], "ignore")
        enforce([], "refuse")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"normalise": "subjects"}, "normalise='subjects'.*Did you mean subject"),
        ({"splits": [([0], [10_000])]}, "test of split 0"),
        ({"trials": [1, 2]}, "trials has 2 entries"),
        ({"start_s": ["now"] * (N_PEOPLE * N_WINDOWS)}, "start_s must be an array of real numbers"),
        ({"window_s": [60.0, 30.0]}, "window_s has 2 entries"),
    ],
)
def test_messages_say_what_is_wrong(table, change, message):
    with pytest.raises(InvalidArgumentError, match=message):
        check_leakage(**{**table, **change})


def test_finding_refuses_an_unknown_severity():
    with pytest.raises(InvalidArgumentError, match="severity='fatal'"):
        Finding("a", "fatal", "")
