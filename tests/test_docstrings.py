"""Every public function, class and method says what it takes and gives, with an example that runs."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import textwrap
import warnings
from pathlib import Path

import numba
import pytest

import physiofer
from physiofer.cli.settings import DEFAULTS
from physiofer.extraction import MODALITIES

MODULES = ["physiofer", *(module.name for module in pkgutil.walk_packages(physiofer.__path__, "physiofer."))]
#: Methods that scikit-learn gives their meaning: an example of the class shows them at work.
_OF_SCIKIT_LEARN = {"fit", "transform", "predict", "predict_proba", "get_feature_names_out", "set_fit_request"}


#: Modules with an interface of their own, besides the rooms that `physiofer.__all__` names.
_ALSO = ("physiofer.datasets.synthetic", "physiofer.extraction", "physiofer.clock")


def own_objects(module):
    """Public functions and classes of a module by full name: what its `__all__` names, in it or in modules below."""
    for name in module.__all__:
        item = getattr(module, name)
        if inspect.ismodule(item):
            yield from own_objects(item)
        elif inspect.isfunction(item) or inspect.isclass(item):
            yield f"{item.__module__}.{item.__qualname__}", item


def own_methods(name, cls):
    """Public methods that are written in a class, class methods included; properties are exempt."""
    for key, item in vars(cls).items():
        function = getattr(item, "__func__", item)
        if not key.startswith("_") and inspect.isfunction(function):
            yield f"{name}.{key}", function


def public_objects():
    """Every public function, class and method of the package, by full name."""
    found = {}
    for module in (physiofer, *map(importlib.import_module, _ALSO)):
        for name, item in own_objects(module):
            found[name] = item
            if inspect.isclass(item):
                found |= dict(own_methods(name, item))
    return found


PUBLIC = public_objects()


def sections(item):
    """Headings of an object's own docstring."""
    text = inspect.cleandoc(item.__doc__ or "")
    return set(re.findall(r"^(\w[\w ]*)\n-{3,}$", text, flags=re.MULTILINE))


def is_exception(item):
    """Whether it is an exception or a warning, which are shown where they are raised."""
    return inspect.isclass(item) and issubclass(item, BaseException)


def is_result(item):
    """Whether it is a named tuple, which is shown by the function that returns it."""
    return inspect.isclass(item) and issubclass(item, tuple)


def parameters(item):
    """Names a caller may give, without `self` and those of a variable count."""
    target = item.__init__ if inspect.isclass(item) else item
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    given = inspect.signature(target).parameters.values()
    return [value.name for value in given if value.name not in ("self", "cls") and value.kind not in kinds]


def names_in_section(item, heading):
    """Names that a section of an object's docstring explains."""
    text = inspect.cleandoc(item.__doc__ or "")
    match = re.search(rf"^{heading}\n-+\n(.*?)(?=^\w[\w ]*\n-{{3,}}$|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    if match is None:
        return set()
    heads = re.findall(r"^(\S[^\n:]*?)(?: :.*)?$", match[1], flags=re.MULTILINE)
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def test_there_is_something_to_see():
    assert len(PUBLIC) > 60
    assert "physiofer.signals.cardiac.pulse.pulse_beats" in PUBLIC
    assert "physiofer.features.table.FeatureTable.to_parquet" in PUBLIC


@pytest.mark.parametrize("name", MODULES)
def test_module_says_what_it_is(name):
    assert (importlib.import_module(name).__doc__ or "").strip()


def lacking(test):
    """Names of the public objects for which something is lacking."""
    return [name for name, item in PUBLIC.items() if not is_exception(item) and test(name, item)]


def test_public_objects_have_a_docstring():
    assert lacking(lambda name, item: not (item.__doc__ or "").strip()) == []


def test_public_objects_explain_each_parameter():
    def unexplained(name, item):
        if is_result(item):
            return False
        explained = names_in_section(item, "Parameters") | names_in_section(item, "Attributes")
        return set(parameters(item)) - explained - {"y"}

    assert lacking(unexplained) == []


_NOTHING = ("return", "return None")


def test_public_functions_say_what_they_give():
    def is_silent(name, item):
        if inspect.isclass(item):
            return False
        body = ast.parse(textwrap.dedent(inspect.getsource(item)))
        gives = any(
            isinstance(node, ast.Yield) or (isinstance(node, ast.Return) and ast.unparse(node) not in _NOTHING)
            for node in ast.walk(body)
        )
        return gives and not sections(item) & {"Returns", "Yields"}

    assert lacking(is_silent) == []


def test_public_objects_have_an_example():
    def is_unshown(name, item):
        method = name.rpartition(".")[2]
        if inspect.isfunction(item) and "." in item.__qualname__:
            shown = inspect.getdoc(PUBLIC[name.rpartition(".")[0]]) or ""
            if method in _OF_SCIKIT_LEARN or not parameters(item) or f".{method}(" in shown:
                return False  # shown with its class
        return not is_result(item) and ">>>" not in (item.__doc__ or "")

    assert lacking(is_unshown) == []


#: Modules whose examples fit models or run networks: minutes where Numba's compiler is off.
_LONG = ("physiofer.crnn", "physiofer.pipeline", "physiofer.face.detection")


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    if numba.config.DISABLE_JIT and name.startswith(_LONG):
        pytest.skip("takes minutes without Numba's compiler; runs with it")
    module = importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert failed == 0


GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"


@pytest.mark.parametrize("modality", MODALITIES)
def test_guide_explains_every_feature(modality):
    page = (GUIDE / f"features_{modality}.md").read_text(encoding="utf-8")
    if modality == "cardiac":
        page += (GUIDE / "hrv_indices.md").read_text(encoding="utf-8")
    assert [name for name in MODALITIES[modality]().feature_names if f"`{name}`" not in page] == []


def test_guide_explains_every_setting_of_the_command_line():
    page = (GUIDE / "command_line.md").read_text(encoding="utf-8")
    assert [name for name in DEFAULTS if f"`{name}`" not in page] == []


def test_guide_explains_every_check_of_the_leak_guard():
    page = (GUIDE / "evaluation.md").read_text(encoding="utf-8")
    sources = (path.read_text(encoding="utf-8") for path in Path(physiofer.evaluation.__path__[0]).glob("*.py"))
    calls = [node for text in sources for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    names = {ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "Finding" and call.args}
    checks = {name.strip("'") for name in names if re.fullmatch(r"'[a-z]+(-[a-z]+)*'", name)}
    assert len(checks) > 15
    assert [check for check in checks if f"`{check}`" not in page] == []
