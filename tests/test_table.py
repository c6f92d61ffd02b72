"""FeatureTable: round trips, what it refuses, how tables join."""

import json

import numpy as np
import pandas as pd
import pytest

from physiofer._atomic import whole_file
from physiofer.exceptions import InvalidArgumentError, UnreadableDataError
from physiofer.features import FeatureTable


def small_table(subject="p01", n=3, label=0, window_s=60.0):
    """A table of two modalities with a missing value, an integer and a text label."""
    X = pd.DataFrame({"eda__scl": np.arange(n) + 0.1, "eda__quality": 1.0, "cardiac__hr": [np.nan] * n})
    targets = pd.DataFrame({"stress": [label] * n, "film": ["clip é"] * n})
    return FeatureTable(
        X, targets, [subject] * n, ["t1"] * n, [f"{subject}/1"] * n, 30.0 * np.arange(n), window_s=window_s,
        sources=[{"subject": subject, "n_windows": n}], config={"window_s": window_s},
    )  # fmt: skip


def test_parquet_keeps_everything(tmp_path):
    table = small_table()
    table.errors = [{"subject": "p09", "recording": "p09/1", "message": "empty"}]
    table.to_parquet(tmp_path / "table.parquet")
    again = FeatureTable.read_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(again.to_frame(), table.to_frame())
    assert again.targets["stress"].dtype.kind == "i"
    assert (again.sources, again.errors, again.config) == (table.sources, table.errors, table.config)
    assert again.window_s == 60.0
    assert list(again.modalities) == ["eda", "cardiac"]


def test_unknown_window_length_survives(tmp_path):
    small_table(window_s=np.nan).to_parquet(tmp_path / "table.parquet")
    assert np.isnan(FeatureTable.read_parquet(tmp_path / "table.parquet").window_s)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all" * 50])
def test_broken_files_are_named(tmp_path, content):
    (tmp_path / "broken.parquet").write_bytes(content)
    with pytest.raises(UnreadableDataError, match="broken.parquet is not a readable Parquet file"):
        FeatureTable.read_parquet(tmp_path / "broken.parquet")


def test_every_truncation_is_an_error_never_a_short_table(tmp_path):
    small_table().to_parquet(tmp_path / "table.parquet")
    whole = (tmp_path / "table.parquet").read_bytes()
    for size in range(0, len(whole), 97):
        (tmp_path / "cut.parquet").write_bytes(whole[:size])
        with pytest.raises(UnreadableDataError, match="cut.parquet"):
            FeatureTable.read_parquet(tmp_path / "cut.parquet")


def test_foreign_parquet_and_absent_files_are_named(tmp_path):
    pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(UnreadableDataError, match="other.parquet is a Parquet file but not a feature table"):
        FeatureTable.read_parquet(tmp_path / "other.parquet")
    with pytest.raises(UnreadableDataError, match="absent.parquet"):
        FeatureTable.read_parquet(tmp_path / "absent.parquet")


def test_concatenation_keeps_order_and_types():
    joined = FeatureTable.concatenate([small_table("p02", 2, 1), small_table("p01", 1, 0), small_table("p03", 0)])
    assert joined.subjects.tolist() == ["p02", "p02", "p01"]
    assert joined.targets["stress"].tolist() == [1, 1, 0] and joined.targets["stress"].dtype.kind == "i"
    assert [source["subject"] for source in joined.sources] == ["p02", "p01", "p03"]
    assert joined.X.index.tolist() == [0, 1, 2]


def test_a_target_one_table_lacks_is_missing_there():
    bare = small_table("p02", 1)
    bare.targets = bare.targets[["film"]]
    joined = FeatureTable.concatenate([small_table("p01", 1), bare])
    assert joined.targets["stress"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FeatureTable.concatenate([]), "tables is empty"),
        (
            lambda: FeatureTable.concatenate([small_table(), small_table(window_s=30.0)]),
            "differ in window_s: 60 and 30",
        ),
        (
            lambda: FeatureTable(pd.DataFrame({"scl": [1.0]}), pd.DataFrame(index=[0]), ["a"], ["t"], ["a/1"], [0.0]),
            r"columns without a modality: \['scl'\]",
        ),
        (
            lambda: FeatureTable(pd.DataFrame({"e__x": [1.0]}), pd.DataFrame(index=[0]), [], ["t"], ["a/1"], [0.0]),
            "subjects has 0 rows; X has 1",
        ),
    ],
)
def test_wrong_tables_are_refused(make, message):
    with pytest.raises(InvalidArgumentError, match=message):
        make()


def test_tables_of_other_columns_do_not_join():
    other = small_table()
    other.X = other.X.rename(columns={"cardiac__hr": "cardiac__rate"})
    with pytest.raises(InvalidArgumentError, match="differ in their feature columns"):
        FeatureTable.concatenate([small_table(), other])


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "result.json"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file(target) as part:
        part.write_text('{"half": ')
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    with whole_file(target) as part:
        part.write_text(json.dumps({"whole": True}))
    assert json.loads(target.read_text()) == {"whole": True}
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


@pytest.mark.parametrize("place", ["absent/result.json", "", "with\0nul"])
def test_an_unwritable_file_is_named(tmp_path, place):
    path = f"{tmp_path}/{place}"
    with (
        pytest.raises(InvalidArgumentError, match="report=.* cannot be written"),
        whole_file(path, name="report") as part,
    ):
        part.write_text("x")
