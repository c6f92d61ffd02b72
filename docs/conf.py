"""Sphinx configuration."""

import physiofer

project = "physiofer"
author = "The physiofer developers"
copyright = "2026, The physiofer developers"
release = version = physiofer.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "changes/*.md", "gallery/**/*.md5", "gallery/**/*.py", "gallery/**/*.ipynb"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = f"physiofer {release}"

myst_enable_extensions = ["dollarmath", "deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = False
napoleon_use_param = False
# Docstrings name their sources below the text, cited in it or not.
suppress_warnings = ["ref.footnote"]
napoleon_custom_sections = [("Warns", "returns_style")]

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"plot_\w+\.py$",  # the other scripts are shown, not run
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 0,
    "plot_gallery": True,
    "abort_on_example_error": True,
    "nested_sections": False,
}


def skip_foreign(app, what, name, item, skip, options):
    """Leave out what scikit-learn brings: its documentation says it better."""
    module = getattr(item, "__module__", None) or ""
    return True if not module.startswith("physiofer") and callable(item) else None


def setup(app):
    app.connect("autodoc-skip-member", skip_foreign)
