"""The check of words: what it takes from the glossary, and where it finds an old name."""

import pytest

from tools.check_words import GLOSSARY, check_text, old_in_identifier, parts_of, read_glossary

WORDS = read_glossary(
    """
| term | symbol | old name(s) |
|---|---|---|
| latent | z | `code` (code), `codes` (both) |
| ensemble | | `committee` (both) |
| member output | | `opinion` (code) |
| data-consistency projection | `K` | "physics step" (prose) |
| ROI spectra | | `Reading` (code) |
| standard deviation | σ | `spread` (both), `light` (per file) |
| dispersion | | `spread` (both) |
"""
)


def found(text, path="napari_hydra/hydra/model.py"):
    return sorted((finding.line, finding.found, finding.new) for finding in check_text(path, text, WORDS))


def test_the_glossary_names_old_words_and_their_places():
    assert {w.old: (w.new, w.in_code, w.in_prose) for w in WORDS} == {
        "code": ("latent", True, False),
        "codes": ("latent", True, True),
        "committee": ("ensemble", True, True),
        "opinion": ("member output", True, False),
        "physics step": ("data-consistency projection", False, True),
        "Reading": ("ROI spectra", True, False),
        "spread": ("standard deviation or dispersion", True, True),
    }


def test_the_real_glossary_is_read():
    words = {word.old: word.new for word in read_glossary(GLOSSARY.read_text(encoding="utf-8"))}
    assert words["committee"] == "ensemble, member"
    assert "light" not in words  # right in some places: not checked


def test_identifiers_are_taken_apart():
    assert parts_of("_SRGBMatrix2_of_codes") == ["srgb", "matrix", "2", "of", "codes"]


@pytest.mark.parametrize("name", ["code", "code_of", "_CODES", "CodeDistribution", "opinions", "Reading"])
def test_an_old_word_is_found_in_identifiers(name):
    assert old_in_identifier(name, [word for word in WORDS if word.in_code])


@pytest.mark.parametrize("name", ["encode", "decoded", "codec", "ReadingRow", "light", "physics_step"])
def test_other_identifiers_are_left_alone(name):
    assert old_in_identifier(name, [word for word in WORDS if word.in_code]) is None


def test_bound_names_docstrings_and_names_of_tests_are_checked():
    text = '''"""What a committee says."""

def read(codes, *, level=0.9):
    self.opinion = spread = codes.committee
    return {"spread": level}

def test_a_committee_and_its_opinion():
    pass
'''
    assert found(text) == [
        (1, "committee", "ensemble"),
        (3, "codes", "latent"),
        (4, "opinion", "member output"),
        (4, "spread", "standard deviation or dispersion"),
        (7, "committee", "ensemble"),
    ]


def test_pages_are_checked_without_their_code():
    text = "# The committee\n\n`codes`: see [its page](committee.md).\n\n```\ncodes\n```\n\nA physics\nstep.\n"
    assert found(text, "docs/page.md") == [
        (1, "committee", "ensemble"),
        (9, "physics step", "data-consistency projection"),
    ]


def test_names_in_files_and_exit_codes_are_allowed():
    assert found("def fail(code):\n    pass\n", "napari_hydra/cli/terminal.py") == []
    assert found("It ends with exit codes 0 and 2.", "docs/page.md") == []


def test_a_module_may_not_bear_an_old_word():
    assert found("", "napari_hydra/hydra/committee.py") == [(1, "committee", "ensemble")]


def test_aliases_of_old_names_are_no_finding():
    assert found('class Cube:\n    codes = renamed("codes", "latents")\n    spread = 1\n') == [
        (3, "spread", "standard deviation or dispersion")
    ]
