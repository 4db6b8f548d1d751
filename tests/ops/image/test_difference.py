"""The layer between two trees: applied to the lower one it gives the upper one."""

from hypothesis import given
from hypothesis import strategies as st

from ops.image.difference import WHITEOUT, difference
from ops.image.entries import Entry, Kind, arranged, directory, file, link

PATHS = st.sampled_from(["a", "a/b", "a/b/c", "d", "d/e", "f"])
ENTRIES = st.one_of(
    st.builds(file, PATHS, st.sampled_from([b"", b"1", b"2"]), executable=st.booleans()),
    st.builds(link, PATHS, st.sampled_from(["x", "y"])),
    st.builds(directory, PATHS, st.sampled_from([0o755, 0o700])),
)


def tree(entries: list[Entry]) -> dict[str, Entry]:
    """A tree in which only directories have something below them."""
    whole = arranged(entries)
    parents = {path.rpartition("/")[0] for path in whole} - {""}
    return {
        path: directory(path) if path in parents and entry.kind is not Kind.DIRECTORY else entry
        for path, entry in whole.items()
    }


def applied(lower: dict[str, Entry], layer: list[Entry]) -> dict[str, Entry]:
    """What a container runtime makes of a layer: whiteouts remove a path with all below it, others replace."""
    found = dict(lower)
    for entry in layer:
        folder, _, name = entry.path.rpartition("/")
        gone = f"{folder}/{name.removeprefix(WHITEOUT)}".lstrip("/")
        if name.startswith(WHITEOUT) or entry.kind is not Kind.DIRECTORY:
            found = {path: kept for path, kept in found.items() if path != gone and not path.startswith(f"{gone}/")}
        if name.startswith(WHITEOUT):
            assert folder == "" or found[folder].kind is Kind.DIRECTORY
    for entry in layer:
        if not entry.path.rpartition("/")[2].startswith(WHITEOUT):
            found[entry.path] = entry
    return arranged(found.values())


@given(st.lists(ENTRIES, max_size=6), st.lists(ENTRIES, max_size=6))
def test_the_difference_turns_the_lower_tree_into_the_upper_one(below: list[Entry], above: list[Entry]) -> None:
    lower, upper = tree(below), tree(above)
    assert applied(lower, difference(lower, upper)) == upper


def test_what_did_not_change_is_not_in_it_and_parents_keep_their_mode() -> None:
    lower = arranged([directory("tmp", 0o1777), file("same", b"1")])
    upper = arranged([directory("tmp", 0o1777), file("same", b"1"), file("tmp/new", b"1")])
    assert [(entry.path, entry.mode) for entry in difference(lower, upper)] == [("tmp", 0o1777), ("tmp/new", 0o644)]
