"""The code of the guide's pages on features runs as it stands there, on files as a newcomer has them."""

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
PAGES = ["features", "features_cardiac", "features_eda", "features_emg", "features_respiration", "features_temperature"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Five minutes of every sensor, in files of the names the pages use; the working directory is theirs."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    beats_s = np.cumsum(0.8 + 0.03 * np.sin(np.arange(400) / 3) + 0.01 * rng.standard_normal(400))
    np.savetxt("rr.txt", 1000 * np.diff(beats_s))
    times_s = np.arange(0, 300, 0.01)
    since_s = times_s - np.concatenate([[-1.0], beats_s])[np.searchsorted(beats_s, times_s)]
    np.savetxt("ecg.txt", np.exp(-0.5 * ((since_s - 0.3) / 0.012) ** 2) + 0.01 * rng.standard_normal(times_s.size))
    np.savetxt("ppg.txt", np.exp(-0.5 * ((since_s - 0.3) / 0.08) ** 2) + 0.01 * rng.standard_normal(times_s.size))
    np.savetxt("belt.txt", np.sin(2 * np.pi * 0.25 * times_s) + 0.01 * rng.standard_normal(times_s.size))
    slow_s = times_s[::25]
    eda_us = 3 + 0.3 * np.sin(slow_s / 60)
    for onset_s in range(20, 280, 25):
        after_s = np.clip(slow_s - onset_s, 0, None)
        eda_us += np.exp(-after_s / 2) - np.exp(-after_s / 0.7)
    pd.DataFrame({"time_s": slow_s, "EDA [uS]": eda_us.round(3)}).to_csv("eda.csv", index=False)
    skin_c = (33 + 0.002 * slow_s + 0.01 * rng.standard_normal(slow_s.size)).round(2)
    pd.DataFrame({"time_s": slow_s, "Temp (C)": skin_c}).to_csv("temp.csv", index=False)
    emg_uv = pd.DataFrame(20 * rng.standard_normal((10_000, 2)), columns=["EMG zygo", "EMG corru"])
    emg_uv.to_csv("emg.csv", index=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", [*PAGES, "hrv_indices"])
@pytest.mark.filterwarnings("error")
def test_the_code_of_a_page_runs_and_shows_numbers(page, files):
    text = (GUIDE / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        for statement in ast.parse(block).body:
            if not isinstance(statement, ast.Expr):
                exec(compile(ast.Module([statement], []), page, "exec"), names)  # noqa: S102
                continue
            shown = eval(compile(ast.Expression(statement.value), page, "eval"), names)
            if not hasattr(shown, "fit"):
                numbers = np.asarray(list(shown.values()) if isinstance(shown, dict) else shown, dtype=float)
                assert np.isfinite(numbers).mean() > 0.25, ast.unparse(statement)
