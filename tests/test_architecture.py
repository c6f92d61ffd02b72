"""The house rules that a reader of the code relies on, read from the source with `ast`; see docs/architecture.md."""

import ast
import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import physiofer

PACKAGE = Path(physiofer.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

#: Storey of each room: a room may import rooms of lower storeys, never one of its own storey or above.
RANKS = {
    "exceptions": 0,
    "_atomic": 1, "_blas": 1, "_optional": 1, "_parallel": 1, "_progress": 1,
    "_mne": 2, "_validate": 2, "kernels": 2,
    "clock": 3, "report": 3, "stream": 3,
    "recording": 4, "evaluation": 4,
    "io": 5, "signals": 5, "sync": 5, "windows": 5, "face": 5,
    "film": 6, "remote_pulse": 6,
    "datasets": 7, "features": 7, "crnn": 7,
    "fusion": 8, "_sensors": 8,
    "extraction": 9,
    "pipeline": 10,
    "cli": 11,
}  # fmt: skip

#: Rooms that are tighter than their storey: all of physiofer that they may know.
ONLY = {
    "kernels": set(),
    "evaluation": {"exceptions", "_validate", "_atomic", "report"},
    "report": {"exceptions", "_validate", "_atomic"},
    "fusion": {"exceptions", "_validate"},
    "signals": {"exceptions", "_blas", "_parallel", "_validate", "kernels"},
    "windows": {"exceptions", "_validate", "recording"},
}


def room_of(path):
    """The room a file is in: the package's sub-package or module."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def modules_imported(path):
    """Absolute names of everything a file imports, wherever in it: (line, name)."""
    package = ["physiofer", *path.relative_to(PACKAGE).parts[:-1]]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *([node.module] if node.module else [])])
            # `from .. import datasets` names a room, `from ..datasets import x` names what is in one.
            names = [f"{base}.{alias.name}" for alias in node.names] if base == "physiofer" else [base]
            found += [(node.lineno, name) for name in names]
    return found


def breaches(path):
    """Imports of a file that go up, sideways, or out of what its room may know."""
    room = room_of(path)
    if room == "__init__":
        return []
    found = []
    for line, name in modules_imported(path):
        parts = name.split(".")
        if parts[0] != "physiofer" or len(parts) < 2 or parts[1] in (room, "__version__"):
            continue
        other = parts[1]
        if other not in RANKS:
            found.append(f"{path.name}:{line} imports {name}, which has no storey")
        elif RANKS[other] >= RANKS[room] or other not in ONLY.get(room, RANKS):
            found.append(f"{room}/{path.name}:{line} imports {name}")
    return found


def test_imports_go_one_way():
    assert [breach for path in SOURCES for breach in breaches(path)] == []


def test_every_room_has_a_storey():
    rooms = {room_of(path) for path in SOURCES} - {"__init__", "__main__"}
    assert rooms <= RANKS.keys()


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("signals/cardiac.py", "from ..features import HRVFeatures"),
        ("signals/cardiac.py", "from ..windows import cut"),
        ("evaluation/scores.py", "from ..recording import Stream"),
        ("evaluation/scores.py", "def f():\n    from .. import io"),
        ("kernels/eda.py", "from .._validate import check_rate"),
        ("features/eda.py", "import physiofer.datasets"),
        ("io/tabular.py", "from physiofer.pipeline import extract"),
    ],
)
def test_a_breach_is_seen(tmp_path, monkeypatch, place, code):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    path = tmp_path / place
    path.parent.mkdir()
    path.write_text(code)
    assert len(breaches(path)) == 1


def test_kernels_know_numba_and_numpy_only():
    outside = {
        name.split(".")[0]
        for path in SOURCES
        if room_of(path) == "kernels"
        for _, name in modules_imported(path)
        if name.split(".")[0] != "physiofer"
    }
    assert outside <= {"numba", "numpy"}


def test_inits_hold_a_docstring_imports_and_all():
    for path in SOURCES:
        if path.name != "__init__.py" or path.parent == PACKAGE:
            continue
        docstring, *body = ast.parse(path.read_text(encoding="utf-8")).body
        assert isinstance(docstring, ast.Expr), path
        for node in body:
            is_all = isinstance(node, ast.Assign) and [t.id for t in node.targets] == ["__all__"]
            assert is_all or isinstance(node, (ast.Import, ast.ImportFrom)), f"{path}:{node.lineno}"


def calls(tree):
    """Every call of a file as (line, dotted name, keyword arguments)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}


def test_nothing_prints_unpickles_or_forgets_nan():
    wrong = []
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, name, keywords in calls(tree):
            unpickles = name in {"pickle.load", "pickle.loads", "joblib.load", "pd.read_pickle", "dill.load"}
            unpickles |= name == "np.load" and keywords.get("allow_pickle") == "True"
            if name in {"print", "eval", "exec"} or unpickles or keywords.get("fastmath", "False") != "False":
                wrong.append(f"{path.name}:{line} {name}({keywords})")
        wrong += [f"{path.name}:{node.lineno} assert" for node in ast.walk(tree) if isinstance(node, ast.Assert)]
        wrong += [f"{path.name}:{line} {name}" for line, name in modules_imported(path) if name == "pickle"]
    assert wrong == []


def test_files_and_functions_stay_readable():
    long = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 480:
            long.append(path.name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                has_docstring = ast.get_docstring(node) is not None
                body = node.body[1:] if has_docstring else node.body
                if body and body[-1].end_lineno - body[0].lineno > 70:
                    long.append(f"{path.name}:{node.name}")
    assert long == []


def in_fresh_python(code):
    """What a piece of code prints as JSON in a new interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


def test_importing_physiofer_loads_nothing_heavy():
    loaded = in_fresh_python("import json, sys, physiofer; print(json.dumps(sorted(sys.modules)))")
    heavy = {"numpy", "pandas", "scipy", "sklearn", "numba", "mne", "matplotlib", "xgboost", "typer", "neurokit2"}
    assert heavy.isdisjoint(loaded)


def test_importing_physiofer_is_quick():
    # Processor time of the whole interpreter, start included: a busy machine does not change it much.
    code = "import json, time, physiofer; print(json.dumps(time.process_time()))"
    assert statistics.median(in_fresh_python(code) for _ in range(5)) <= 0.25


def test_help_loads_no_science():
    code = "import json, sys, physiofer.cli; print(json.dumps(sorted(sys.modules)))"
    assert {"numpy", "pandas", "sklearn", "numba", "matplotlib"}.isdisjoint(in_fresh_python(code))


_STATE = """
import json, os, sys, threading, warnings
import numpy, pandas, scipy.signal, scipy.ndimage, sklearn, sklearn.ensemble, numba, joblib, matplotlib
from threadpoolctl import threadpool_info

def state():
    return [
        dict(os.environ), [str(entry) for entry in warnings.filters], threading.active_count(), os.getcwd(),
        numba.get_num_threads(), numpy.geterr(), matplotlib.rcParams["backend"] if "matplotlib.pyplot" in sys.modules
        else "none", sorted(str(pool["num_threads"]) for pool in threadpool_info()), sklearn.get_config(),
        numpy.random.get_state()[1].tolist(),
    ]

before = state()
import physiofer
for room in physiofer.__all__:
    getattr(physiofer, room)
print(json.dumps([a == b for a, b in zip(before, state())]))
"""


def test_importing_every_room_changes_nothing_global():
    assert all(in_fresh_python(_STATE))


def test_an_unknown_room_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_room"):
        physiofer.no_such_room  # noqa: B018


def test_lazy_rooms_are_listed():
    assert set(physiofer.__all__) <= set(dir(physiofer))
