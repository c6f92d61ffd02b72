"""The report as a reader, a screen reader and an attacker meet it: through its HTML."""

import json
import re
import tomllib
from html.parser import HTMLParser

import fake_result
import matplotlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physiofer.exceptions import InvalidArgumentError
from physiofer.report import render_report, to_toml, write_report

VOID = {"meta", "br", "line", "rect", "circle", "path", "use", "input", "img", "link", "hr"}


class Page(HTMLParser):
    """The page as a tree of nested dicts, and every tag that was left open."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.root = {"tag": "root", "attrs": {}, "children": [], "text": ""}
        self.stack, self.unbalanced = [self.root], []
        self.feed(text)
        self.close()
        self.unbalanced += [node["tag"] for node in self.stack[1:]]

    def handle_starttag(self, tag, attrs):
        node = {"tag": tag, "attrs": dict(attrs), "children": [], "text": ""}
        self.stack[-1]["children"].append(node)
        if tag not in VOID:
            self.stack.append(node)

    def handle_startendtag(self, tag, attrs):
        self.stack[-1]["children"].append({"tag": tag, "attrs": dict(attrs), "children": [], "text": ""})

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if self.stack[-1]["tag"] != tag:
            self.unbalanced.append(tag)
            return
        self.stack.pop()

    def handle_data(self, data):
        for node in self.stack:
            node["text"] += data

    def all(self, tag=None, *, under=None, **attrs):
        """Every node of a tag with the attributes, in order."""
        found, queue = [], list((under or self.root)["children"])
        while queue:
            node = queue.pop(0)
            matches = all(node["attrs"].get(key.replace("_", "-").strip("-")) == value for key, value in attrs.items())
            if matches and tag in (None, node["tag"]):
                found.append(node)
            queue = node["children"] + queue
        return found

    def section(self, name):
        (node,) = self.all("section", id=name)
        return node

    def rows(self, under):
        """Body rows of the first table below a node, as lists of texts without spaces around them."""
        table = self.all("table", under=under)[0]
        bodies = self.all("tbody", under=table)
        lines = [row for body in bodies for row in self.all("tr", under=body)]
        return [[" ".join(cell["text"].split()) for cell in row["children"]] for row in lines]


@pytest.fixture(scope="module")
def result():
    return fake_result.make()


@pytest.fixture(scope="module")
def text(result):
    return render_report(result)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_report_is_well_formed_and_has_its_sections_in_order(page):
    assert page.unbalanced == []
    names = [node["attrs"]["id"] for node in page.all("section")]
    assert names == (
        "protocol pipelines people confusion importance inputs leaks problems reproduce caution".split()
    )  # fmt: skip
    for node in page.all("section"):
        (heading,) = page.all("h2", under=node)
        assert heading["attrs"]["id"] == node["attrs"]["aria-labelledby"]
    assert len(page.all("h1")) == 1


def test_report_loads_nothing_and_runs_nothing(page, text):
    assert not {node["tag"] for node in page.all()} & {"script", "link", "img", "iframe", "object", "embed", "base"}
    assert "http:" not in text and "https:" not in text and "@import" not in text
    assert not [node for node in page.all() for name in node["attrs"] if name.startswith("on")]
    targets = [node["attrs"]["href"] for node in page.all() if "href" in node["attrs"]]
    ids = [node["attrs"]["id"] for node in page.all() if "id" in node["attrs"]]
    assert len(ids) == len(set(ids))
    assert all(target[0] == "#" and target[1:] in ids for target in targets)
    assert all(reference in ids for reference in re.findall(r"url\(#([^)]*)\)", text))


def test_report_states_the_verdict_with_interval_chance_and_people(page, result):
    best = max(result["pipelines"], key=lambda entry: entry["balanced_accuracy"]["mean"])
    score = best["balanced_accuracy"]
    n_above = sum(value > 0.5 for value in best["subjects"].values())
    (verdict,) = [node["text"] for node in page.all("p") if "verdict" in (node["attrs"].get("class") or "")]
    assert verdict.startswith("Yes")
    assert f"balanced accuracy of {score['mean']:.2f}" in verdict
    assert f"{score['low']:.2f} to {score['high']:.2f}" in verdict
    assert "guessing gives 0.50" in verdict and f"{n_above} of 20 people" in verdict


def test_pipelines_are_sorted_and_followed_by_the_baselines(page, result):
    rows = page.rows(page.section("pipelines"))
    means = sorted((entry["balanced_accuracy"]["mean"] for entry in result["pipelines"]), reverse=True)
    assert [row[1][:5] for row in rows[:9]] == [f"{mean:.3f}" for mean in means]
    assert rows[9][0].startswith("Majority class") and rows[9][1] == "0.500" and rows[9][5] == "0.680"
    assert rows[10][0].startswith("Guessing") and "0.48 to 0.52" in rows[10][1]


def test_every_table_cell_has_a_header_and_every_figure_a_label(page):
    for table in page.all("table"):
        headers = page.all("th", under=table)
        assert headers and all(node["attrs"].get("scope") in ("row", "col") for node in headers)
        assert page.all("caption", under=table)
    drawings = page.all("svg")
    assert len(drawings) == 9 + 2 * 2  # an interval for each pipeline; two figures, each wide and narrow
    assert all(node["attrs"]["role"] == "img" and node["attrs"]["aria-label"] for node in drawings)


def test_people_table_holds_every_score(page, result):
    rows = {row[0]: row[1:] for row in page.rows(page.section("people"))}
    order = sorted(result["pipelines"], key=lambda entry: -entry["balanced_accuracy"]["mean"])
    assert set(rows) == set(result["subjects"])
    for subject, cells in rows.items():
        assert cells == [f"{entry['subjects'][subject]:.2f}" for entry in order]


def test_people_figure_draws_every_person_once_in_each_width(page, result):
    for width in ("wide", "narrow"):
        drawing = page.all("div", under=page.section("people"), _class=width)[0]
        dots = [node for node in page.all("use", under=drawing) if "fill-opacity" in node["attrs"].get("style", "")]
        assert len(dots) == 9 * 20


def test_confusion_shares_are_of_the_row(page, result):
    best = max(result["pipelines"], key=lambda entry: entry["balanced_accuracy"]["mean"])
    (first, *_) = page.rows(page.section("confusion"))
    counts = best["confusion"][0]
    assert first[0] == "is “0”"
    assert first[1] == f"{100 * counts[0] / sum(counts):.0f} % {counts[0]}"
    assert first[2].endswith(f" % {counts[1]}")


def test_inputs_are_gathered_over_recordings(page, result):
    rows = {row[0]: row for row in page.rows(page.section("inputs"))}
    gaps = [
        each["n_gaps"] for rec in result["inputs"]["recordings"] for each in rec["streams"] if each["name"] == "bvp"
    ]
    assert rows["bvp"][2:5] == ["64", "a.u.", "1"] and rows["bvp"][7] == str(sum(gaps))
    assert rows["ibi"][5] == "16 (4 without)" and rows["ibi"][2] == "irregular"
    assert rows["temp"][3] == "°C"


def test_clean_leak_checks_say_what_was_looked_for(page):
    told = page.section("leaks")["text"]
    assert "None found." in told and "both sides of a split" in told


def test_findings_come_by_severity_and_a_failed_check_overrules_the_verdict(result):
    findings = [
        {"check": "subject-decodability", "severity": "info", "message": "Features tell who it is.", "details": {}},
        {
            "check": "duplicate-columns",
            "severity": "warning",
            "message": "Copies.",
            "details": {"groups": [["a", "b"]]},
        },
        {"check": "subject-overlap", "severity": "error", "message": "S04 is on both sides.", "details": None},
    ]
    page = Page(render_report({**result, "leakage": findings}))
    heads = [node["text"].strip() for node in page.all("strong", under=page.section("leaks"))]
    assert [head.split(":")[0].split()[-1] for head in heads] == ["Error", "Warning", "Note"]
    assert "None found" not in page.section("leaks")["text"] and "groups: a, b" in page.section("leaks")["text"]
    (verdict,) = page.all("p", _class="verdict doubt")
    assert verdict["text"].startswith("Not on this evidence")
    (notice,) = page.all("p", _class="notice bad")
    assert "S04 is on both sides." in notice["text"]


def test_notes_alone_leave_the_checks_clean(result):
    note = {"check": "subject-decodability", "severity": "info", "message": "Features tell who it is.", "details": {}}
    told = Page(render_report({**result, "leakage": [note]})).section("leaks")["text"]
    assert "None found." in told and "Features tell who it is." in told


def test_a_score_at_chance_is_not_called_a_success(result):
    entry = {**result["pipelines"][0], "balanced_accuracy": {"mean": 0.53, "low": 0.49, "high": 0.57}}
    (verdict,) = Page(render_report({**result, "pipelines": [entry]})).all("p", _class="verdict doubt")
    assert verdict["text"].startswith("Not shown")
    inside_band = {"mean": 0.515, "low": 0.505, "high": 0.525}  # above chance, but where guessing lands too
    page = Page(render_report({**result, "pipelines": [{**entry, "balanced_accuracy": inside_band}]}))
    assert page.all("p", _class="verdict doubt")


def test_comparisons_carry_the_pipelines_names(page):
    table = page.all("details", under=page.section("pipelines"))[0]
    assert page.rows(table) == [
        ["SVM, early fusion", "SVM, late fusion", "−0.021 −0.04 to 0.00", "0.010"],
        ["SVM, late fusion", "XGBoost, early fusion", "0.010 −0.01 to 0.03", "0.400"],
    ]


def test_transductive_normalisation_is_declared():
    both = Page(render_report(fake_result.make(8, normalise=("none", "subject"))))
    assert "Declared transductive: 9 pipelines" in both.section("protocol")["text"]
    assert len(both.all("abbr", under=both.section("pipelines"))) == 9
    assert both.all("svg", under=both.section("people"))[0]["attrs"]["aria-label"].count(", normalised") == 9
    plain = Page(render_report(fake_result.make(8)))
    assert "ransductive" not in plain.root["text"]


def test_configuration_versions_seed_and_caution_are_there(page, result):
    blocks = [node["text"] for node in page.all("pre", under=page.section("reproduce"))]
    assert "physiofer evaluate stress-predict --config" in blocks[0]
    assert tomllib.loads(blocks[1]) == result["config"]
    told = page.section("reproduce")["text"]
    assert "seed (0)" in told and "scikit-learn" in told and "1.9.0" in told
    caution = page.section("caution")["text"]
    for phrase in ("2024/1689", "5(1)(f)", "medical or safety", "not feelings", "not emotion", "not a person’s"):
        assert phrase in caution


def test_problems_are_listed(result):
    inputs = {**result["inputs"], "errors": [{"subject": "S09", "message": "S09/EDA.csv, line 3: no number"}]}
    inputs["warnings"] = [f"S{place}: gap" for place in range(9)]
    page = Page(render_report({**result, "inputs": inputs}))
    assert page.rows(page.section("problems")) == [["S09", "S09/EDA.csv, line 3: no number"]]
    assert "9 warnings" in page.section("problems")["text"]
    assert "open" not in page.all("details", under=page.section("problems"))[0]["attrs"]


def _hostile(value, evil):
    """`value` with every text, keys of people and labels included, replaced by an attack that keeps it distinct."""
    if isinstance(value, dict):
        return {key: _hostile(inner, evil) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hostile(inner, evil) for inner in value]
    return f"{evil}{value}" if isinstance(value, str) else value


def test_hostile_labels_are_only_text(result):
    evil = "</title></style><script>alert(1)</script>\" onload='x' $\\frac$ {{ 7*7 }}&"
    wicked = _hostile(result, evil)
    for key in ("format", "protocol"):
        wicked[key] = result[key]
    wicked["class_counts"] = {evil + label: n for label, n in result["class_counts"].items()}
    wicked["modalities"] = {evil: 3}
    wicked["leakage"] = [{"check": evil, "severity": evil, "message": evil, "details": {evil: [evil]}}]
    for entry in wicked["pipelines"]:
        entry["subjects"] = {evil + subject: score for subject, score in entry["subjects"].items()}
        entry["importances"] = {"modality": {evil: 0.1}, "feature": {evil + "a": 0.2, evil + "b": -0.1}}
    text = render_report(wicked)
    page = Page(text)
    assert page.unbalanced == []
    assert not page.all("script") and not [node for node in page.all() if "onload" in node["attrs"]]
    assert "{{ 7*7 }}" in page.root["text"] and "$\\frac$" in page.root["text"]


@pytest.mark.parametrize("gone", sorted(fake_result.make(3)))
def test_any_missing_part_leaves_a_page(gone):
    whole = fake_result.make(3, models=["svm"], fusions=["late"])
    whole["pipelines"][0]["importances"] = None
    if gone == "pipelines":
        with pytest.raises(InvalidArgumentError, match="list of pipelines"):
            render_report({key: value for key, value in whole.items() if key != gone})
        return
    without = Page(render_report({key: value for key, value in whole.items() if key != gone}))
    null = Page(render_report({**whole, gone: None}) if gone not in ("format", "format_version") else "")
    assert without.unbalanced == [] and null.unbalanced == []


def test_missing_numbers_read_as_dashes(result):
    nothing = {"mean": None, "low": None, "high": None}
    bare = {"model": "svm", "fusion": "late", "balanced_accuracy": nothing, "auc": None, "subjects": {"S02": None}}
    known = {
        "model": "mine",
        "fusion": "",
        "balanced_accuracy": {"mean": float("nan")},
        "subjects": {"S02": float("nan")},
    }
    page = Page(render_report({"target": "x", "pipelines": [bare, known], "chance_interval": [None, None]}))
    rows = page.rows(page.section("pipelines"))
    assert {row[0] for row in rows} >= {"SVM late fusion", "Mine"}
    assert all(cell in ("–", "") for row in rows[:2] for cell in row[1:])
    assert "nan" not in page.root["text"].lower() and "None" not in page.root["text"]
    assert "no pipeline could be scored" in page.root["text"]


@settings(max_examples=10, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers(-(2**70), 2**70) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_value_of_a_pipeline_is_laid_out_or_refused(value):
    entry = {
        "model": "svm",
        "fusion": "late",
        "balanced_accuracy": {"mean": value},
        "p_value": value,
        "subjects": {"a": value},
    }
    page = Page(render_report({"target": value, "pipelines": [entry], "majority": value, "versions": {"x": value}}))
    assert page.unbalanced == []


def test_size_stays_small_for_nine_pipelines_and_many_people(text):
    assert len(text.encode()) < 400_000
    crowd = render_report(fake_result.make(100))
    assert len(crowd.encode()) < 1_500_000
    assert "open" not in Page(crowd).all("details", under=Page(crowd).section("people"))[0]["attrs"]


def test_rendering_is_deterministic_and_leaves_matplotlib_alone(result, text):
    before, backend = dict(matplotlib.rcParams), matplotlib.get_backend()
    assert render_report(json.loads(json.dumps(result))) == text
    assert dict(matplotlib.rcParams) == before and matplotlib.get_backend() == backend


def test_write_report_replaces_whole(tmp_path, result, text):
    path = tmp_path / "report.html"
    path.write_text("old")
    assert write_report(result, str(path)) == path
    assert path.read_text(encoding="utf-8") == text
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_an_interrupted_write_keeps_the_old_file(tmp_path, result, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("physiofer._atomic.os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_report(result, path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("name", ["absent/report.html", "", "nul\0.html"])
def test_unwritable_path_is_named_as_given(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidArgumentError, match=r"path=.* cannot be written") as caught:
        write_report({"target": "x", "pipelines": []}, name)
    assert str(tmp_path) not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ([], "not an evaluation's result"),
        ({"pipelines": "none"}, "list of pipelines"),
        ({"pipelines": [], "format": "other"}, "format='other'"),
        ({"pipelines": [], "format_version": 2}, "newer"),
        ({"pipelines": ["svm"]}, r"result\['pipelines'\]\[0\] must be a dict"),
        ({"pipelines": [], "inputs": []}, r"result\['inputs'\] must be a dict"),
    ],
)
def test_what_is_no_result_is_refused(wrong, match):
    with pytest.raises(InvalidArgumentError, match=match):
        render_report(wrong)


_SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.one_of(
            _SCALARS,
            st.lists(_SCALARS, max_size=4),
            st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), _SCALARS, max_size=3),
        ),
        max_size=5,
    )
)
def test_toml_reads_back_as_it_was(config):
    assert tomllib.loads(to_toml(config)) == json.loads(json.dumps(config))


def test_toml_hand_worked():
    config = {"a": 1, "b": {"c d": 'x"y', "e": {"f": [1.5, True]}}, "g": None, "h": [None, 2]}
    assert to_toml(config) == 'a = 1\nh = [2]\n\n[b]\n"c d" = "x\\"y"\n\n[b.e]\nf = [1.5, true]\n'
    with pytest.raises(InvalidArgumentError, match="'a' is a object|'a'"):
        to_toml({"a": object()})
    with pytest.raises(InvalidArgumentError, match="config must be a dict"):
        to_toml([1])


@pytest.mark.parametrize(("p", "answer"), [(0.0001, "Yes, on average"), (0.02, "Not shown"), (None, "Yes, on average")])
def test_the_verdict_asks_the_test_over_people_and_counts_the_pipelines(result, p, answer):
    """Nine pipelines: the best one's p must hold nine times over."""
    changed = {**result, "leakage": [], "pipelines": [{**entry, "p_value": p} for entry in result["pipelines"]]}
    assert len(changed["pipelines"]) == 9
    assert answer in render_report(changed)
