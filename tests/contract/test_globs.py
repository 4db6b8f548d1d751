"""Globs and paths: nothing outside a role's globs matches, nothing odd is a path."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.globs import PATH_BYTES, PathError, matches, normalise


@pytest.mark.parametrize(
    ("glob", "inside", "outside"),
    [
        ("src/**", ["src/a", "src/a/b.py"], ["src", "srcs/a", "a/src/b", "src2/a"]),
        ("src/*", ["src/a", "src/.b"], ["src/a/b", "src"]),
        ("src/*.py", ["src/a.py"], ["src/a/b.py", "src/a.pyc", "src/apy"]),
        ("**/x.md", ["x.md", "a/x.md", "a/b/x.md"], ["ax.md", "x.md/a"]),
        ("**", ["a", "a/b"], []),
        ("a?c", ["abc"], ["a/c", "ac"]),
        ("a[bc]d", ["abd", "acd"], ["aad", "a/d"]),
        ("a[!bc]d", ["axd"], ["abd", "a/d"]),
        ("a[", ["a["], ["a"]),
        ("a[z-a]", ["a[z-a]"], ["az"]),
        ("caf\u00e9/*", ["caf\u00e9/a"], ["cafe/a"]),
        ("a.b+(c)", ["a.b+(c)"], ["axb+(c)", "a.bb(c)"]),
    ],
)
def test_what_a_glob_allows(glob: str, inside: list[str], outside: list[str]) -> None:
    assert [path for path in inside if not matches(path, (glob,))] == []
    assert [path for path in outside if matches(path, (glob,))] == []


def test_no_glob_allows_nothing() -> None:
    assert not matches("a", ())


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a/..",
        "./a",
        "a//b",
        "a/",
        "a\x00b",
        "a\nb",
        "a\\b",
        "..\\a",
        "C:/a",
        "c:a",
        "a\u202eb",
        "a\u200bb",
        "a\ud800",
        "a" * (PATH_BYTES + 1),
        "\u00e9" * (PATH_BYTES // 2 + 1),
    ],
)
def test_a_path_that_could_name_something_else_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        normalise(path)


def test_two_spellings_of_one_name_are_one_path() -> None:
    assert normalise("cafe\u0301") == normalise("caf\u00e9") == "caf\u00e9"


ODD = st.text(alphabet=st.sampled_from("ab/.\\\x00*?[]! é\u0301\u2025\uff0e\uff0f~%2eC:"), max_size=12)


@settings(max_examples=200, deadline=None)
@given(ODD)
def test_a_normalised_path_stays_where_it_is(path: str) -> None:
    try:
        clean = normalise(path)
    except PathError:
        return
    assert normalise(clean) == clean
    assert not clean.startswith("/")
    assert ".." not in clean.split("/")
    assert "\x00" not in clean
    assert matches(clean, ("**",))
    assert matches(f"src/{clean}", ("src/**",))
    assert not matches(clean, ("only/**",)) or clean.startswith("only/")


@settings(max_examples=200, deadline=None)
@given(ODD, ODD)
def test_any_glob_can_be_compared_with_any_path(glob: str, path: str) -> None:
    assert matches(path, (glob,)) in (True, False)
