"""Host packs: read one by one, they do what the same packs do that are read at once, whatever happens to files."""

from __future__ import annotations

import os
import pickle
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cleaner import Cleaner, SettingsError
from cleaner.cleaner import on_this_machine
from cleaner.marks import CONFIDENCES
from cleaner.rules import checks, hosts, library
from cleaner.rules import pack as packs
from tests.support import DATA, OWN_RULES, call, fill

CASES: dict[str, Any] = tomllib.loads((DATA / "library.toml").read_text("utf-8"))
DOCUMENTS = [{"lang": None, "url": None, **each} for each in CASES["document"]]
TEXTS = [each["text"] for each in DOCUMENTS]
URLS = [each["url"] for each in DOCUMENTS]
LANGS = [each["lang"] for each in DOCUMENTS]
OF_PACKS = {each["host"] for each in CASES["pack"]}
QUAY, OLD = "quay.example", "old.quay.example"


def text_of(host: str, rest: str) -> str:
    return f'[pack]\nformat = 1\nid = "{host}"\nhosts = ["{host}"]\n{rest}'


FILES: dict[str, str | bytes] = {
    f"{each['host']}.toml": text_of(each["host"], each["rest"]) for each in CASES["pack"]
}


@pytest.fixture(params=["held", "looked at"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a folder of host packs: small enough to be part of the settings, or too large for that."""
    if request.param == "looked at":
        monkeypatch.setattr(packs, "MAX_PACKS_TO_HOLD", 0)
    fill(tmp_path / "learned" / "hosts", FILES)
    return tmp_path / "learned"


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a folder of host packs that is taken for a large one."""
    monkeypatch.setattr(packs, "MAX_PACKS_TO_HOLD", 0)
    fill(tmp_path / "learned" / "hosts", FILES)
    return tmp_path / "learned"


@pytest.fixture
def at_once(tmp_path: Path) -> Path:
    """Return a folder with the same packs, which are read at once."""
    return fill(tmp_path / "sites", FILES)


def cleaned(cleaner: Cleaner) -> list[dict[str, Any]]:
    return [each.to_dict() for each in cleaner.clean_many(TEXTS, urls=URLS, langs=LANGS)]


def one_by_one(cleaner: Cleaner) -> Iterator[dict[str, Any]]:
    for text, url, lang in zip(TEXTS, URLS, LANGS, strict=True):
        yield cleaner.clean(text, url=url, lang=lang).to_dict()


# ── the same results ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", CONFIDENCES)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"disable": ["quay.example/lines"]},
        {"disable": ["*/lines", "old.quay.example/former"]},
        {"keep_categories": ["quayside"]},
        {"keep_categories": ["repeated"]},
    ],
    ids=str,
)
def test_the_same_as_packs_that_are_read_at_once(
    level: Any, settings: Any, folder: Path, at_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = cleaned(Cleaner(level, rules=[at_once], **settings))
    cleaner = Cleaner(level, rules=[folder], **settings)
    assert cleaned(cleaner) == expected
    assert list(one_by_one(cleaner)) == expected
    assert cleaned(pickle.loads(pickle.dumps(cleaner))) == expected
    monkeypatch.setattr(library, "MAX_READY", 1)  # each pack pushes another one out
    fresh = Cleaner(level, rules=[folder], **settings)
    backwards = [
        fresh.clean(text, url=url, lang=lang).to_dict()
        for text, url, lang in reversed(list(zip(TEXTS, URLS, LANGS, strict=True)))
    ]
    assert backwards[::-1] == expected


def test_what_goes(folder: Path) -> None:
    for document, done in zip(DOCUMENTS, cleaned(Cleaner("main", rules=[folder])), strict=True):
        ours = [edit["before"] for edit in done["edits"] if edit["by"].split("/")[0] in OF_PACKS]
        lines = [line for before in ours for line in packs.block(before) if not line.startswith(" [")]
        assert lines == packs.block(document["gone"]), document["url"]


def test_a_page_and_bytes(folder: Path, at_once: Path) -> None:
    page = f"<html><body>{''.join(f'<p>{line}</p>' for line in TEXTS[0].strip().splitlines())}</body></html>"
    for level in CONFIDENCES:
        lazy, eager = (Cleaner(level, rules=[rules]) for rules in (folder, at_once))  # type: ignore[arg-type]
        assert lazy.clean_html(page, url=URLS[0]) == eager.clean_html(page, url=URLS[0])
        assert lazy.clean_bytes(TEXTS[0].encode(), url=URLS[0]) == eager.clean_bytes(TEXTS[0].encode(), url=URLS[0])


def test_the_rules_that_are_active(folder: Path, at_once: Path) -> None:
    for level in CONFIDENCES:
        for settings in ({}, {"disable": ["*/lines"], "keep_categories": ["quayside"]}):
            lazy, eager = (Cleaner(level, rules=[rules], **settings) for rules in (folder, at_once))  # type: ignore[arg-type]
            assert lazy.active_rules == eager.active_rules


def test_the_folder_itself_or_a_pack_in_it(folder: Path) -> None:
    expected = cleaned(Cleaner("main", rules=[folder]))
    assert cleaned(Cleaner("main", rules=[folder / "hosts"])) == expected
    assert cleaned(Cleaner("main", rules=sorted((folder / "hosts").iterdir()))) == expected
    assert cleaned(Cleaner("main", rules=[folder, folder / "hosts", folder / "hosts" / f"{OLD}.toml"])) == expected
    assert cleaned(Cleaner("main", rules=[folder / "hosts" / f"{OLD}.toml", folder])) == expected


def test_other_packs_of_the_folder_are_read_at_once(folder: Path) -> None:
    pack = (
        '[pack]\nformat = 1\nid = "mast"\nclues = ["Masts"]\n[[rule]]\nid = "a"\ncategory = "x"\nlines = "Sail on"\n'
    )
    fill(folder, {"templates/mast.toml": pack, "hosts/below/also.toml": pack.replace("mast", "also")})
    cleaner = Cleaner("rules", rules=[folder])
    assert cleaner.clean(f"Masts\nSail on\n{TEXTS[-1]}").text == f"Masts\n{TEXTS[-1]}"
    assert {"mast/a", "also/a", "quay.example/lines"} <= cleaner.active_rules


def test_only_what_is_needed_is_read(large: Path) -> None:
    cleaner = Cleaner("rules", rules=[large])
    fill(large / "hosts", dict.fromkeys(FILES, "not TOML"))
    (large / "hosts" / f"{QUAY}.toml").unlink()
    assert cleaner.clean(TEXTS[-1], url="https://pier.example").text == TEXTS[-1]
    assert cleaner.clean(TEXTS[-1]).text == TEXTS[-1]


def test_no_more_than_some_packs_are_kept(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MAX_READY", 2)
    cleaner = Cleaner("rules", rules=[large])
    cleaned(cleaner)
    ruleset = cleaner._passes.ruleset
    assert ruleset.library
    assert ruleset.library._part.cache_info().currsize == 2


# ── names in the settings ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"disable": ["quay.example/line"]}, "no rule 'quay.example/line'; did you mean 'quay.example/lines'"),
        ({"disable": ["pier.example/lines"]}, "there is no rule 'pier.example/lines'"),
        ({"disable": ["*/lines-and-more"]}, r"there is no rule '\*/lines-and-more'"),
        ({"disable": ["quay.example/between/x"]}, "there is no rule"),
        ({"keep_categories": ["quaysides"]}, "there is no category 'quaysides'"),
        ({"keep_categories": ["Nets"]}, "there is no category 'Nets'"),
    ],
)
def test_names_of_nothing(settings: Any, says: str, folder: Path) -> None:
    with pytest.raises(SettingsError, match=says):
        Cleaner(rules=[folder], **settings)


# ── packs and folders that are wrong ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", CASES["wrong"], ids=lambda case: case["says"][:40])
def test_a_wrong_pack_fails_the_documents_of_its_host(case: dict[str, str], folder: Path) -> None:
    file = folder / "hosts" / f"{QUAY}.toml"
    file.write_text(case["text"], "utf-8")
    cleaner = Cleaner("rules", rules=[folder])
    for _ in range(2):
        with pytest.raises(SettingsError) as caught:
            cleaner.clean(TEXTS[1], url=URLS[1])
        assert str(caught.value).startswith(f"{file}:")
        assert case["says"].partition(": ")[2] in str(caught.value)
    assert cleaner.clean(TEXTS[3], url=URLS[3], lang="de").edits
    with pytest.raises(SettingsError) as same:
        checks.parse(packs.read([folder])[-2])
    assert str(same.value) == str(caught.value)
    result = call("rules", "check", folder)
    assert result.code == 2
    assert str(caught.value).removeprefix(f"{file}") in result.out


@pytest.mark.parametrize("name", [case["name"] for case in CASES["name"]])
def test_a_file_that_is_not_named_after_a_host(name: str, folder: Path) -> None:
    fill(folder / "hosts", {name: ""})
    with pytest.raises(SettingsError, match=r"is not named after a host.*; rename it"):
        Cleaner(rules=[folder])
    with pytest.raises(SettingsError, match=r"is not named after a host.*; rename it"):
        Cleaner(rules=[folder / "hosts" / name])


def test_what_is_no_pack_file(folder: Path) -> None:
    place = folder / "hosts" / "pier.example.toml"
    target = folder / "hosts" / f"{QUAY}.toml"
    kinds: dict[str, Callable[[], object]] = {
        "is a link, which is not followed here; ": lambda: place.symlink_to(target),
        "is no regular file; ": lambda: os.mkfifo(place),
        "is no regular file; put": place.mkdir,
    }
    for says, make in kinds.items():
        make()
        with pytest.raises(SettingsError, match=rf"pier\.example\.toml: {says}"):
            Cleaner(rules=[folder])
        place.rmdir() if place.is_dir() else place.unlink()
    with place.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(SettingsError, match=r"pier\.example\.toml: is larger than 500,000 bytes; "):
        Cleaner(rules=[folder])
    with pytest.raises(SettingsError, match=r"pier\.example\.toml: is larger than"):
        Cleaner(rules=[place])


def test_a_link_to_a_folder_of_hosts_is_passed_over_unless_it_is_named(folder: Path, tmp_path: Path) -> None:
    other = fill(tmp_path / "other", {"a.toml": '[pack]\nformat = 1\nid = "a"\n'})
    (other / "hosts").symlink_to(folder / "hosts")
    assert not any(rule.startswith("quay") for rule in Cleaner(rules=[other]).active_rules)
    assert "quay.example/lines" in Cleaner(rules=[other / "hosts"]).active_rules


def test_two_packs_for_one_host(folder: Path, tmp_path: Path) -> None:
    again = fill(tmp_path / "again" / "hosts", {f"{QUAY}.toml": FILES[f"{QUAY}.toml"]})
    with pytest.raises(SettingsError, match=r"another pack has the id 'quay\.example'; remove one"):
        Cleaner(rules=[folder, again])
    shutil.copytree(again, tmp_path / "sites")
    with pytest.raises(SettingsError, match=r"another pack has the id 'quay\.example'; remove one"):
        Cleaner(rules=[folder, tmp_path / "sites"])


def test_too_many_packs_for_one_host(folder: Path) -> None:
    name = "pier.example"
    for number in range(hosts.MAX_PER_HOST):
        fill(folder / "hosts", {f"{name}.toml": text_of(name, "")})
        Cleaner(rules=[folder])
        name = f"a{number}.{name}"
    fill(folder / "hosts", {f"{name}.toml": text_of(name, "")})
    with pytest.raises(SettingsError, match=r"6 packs are for this host, and the limit is 5: .*; put their rules"):
        Cleaner(rules=[folder])


def test_too_many_packs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MAX_PACKS", 0)
    monkeypatch.setattr(packs, "MAX_TOTAL_BYTES", 0)
    assert len(packs.read([folder])) == len(FILES)  # these limits are for other packs
    monkeypatch.setattr(hosts, "MAX_PACKS", len(FILES) - 1)
    with pytest.raises(SettingsError, match=r"hosts: more than 3 packs or .* bytes in all; "):
        Cleaner(rules=[folder])


# ── time ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_pack_that_changes_is_an_error_and_never_another_result(large: Path) -> None:
    file = large / "hosts" / f"{OLD}.toml"
    before = file.stat()
    cleaner, late, other = (Cleaner("rules", rules=[large]) for _ in range(3))
    expected = cleaned(cleaner)
    file.write_text(file.read_text("utf-8").replace("Old boats", "New boats"), "utf-8")  # of the same size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert cleaned(cleaner) == expected  # it was read before
    for each in (late, pickle.loads(pickle.dumps(cleaner))):
        for _ in range(2):
            with pytest.raises(SettingsError, match=r"old\.quay\.example\.toml: is not what it was when .*; start"):
                each.clean(TEXTS[1], url=URLS[1])
        assert each.clean(TEXTS[0], url=URLS[0]).to_dict() == expected[0]
    with pytest.raises(SettingsError, match=r"old\.quay\.example\.toml: is not what it was"):
        _ = late.fingerprint
    file.unlink()
    with pytest.raises(
        SettingsError, match=r"was there when the cleaner was built, and cannot be read now \(No such"
    ):
        other.clean(TEXTS[1], url=URLS[1])
    file.symlink_to(large / "hosts" / f"{QUAY}.toml")
    with pytest.raises(SettingsError, match=r"is not what it was"):
        Cleaner.clean(pickle.loads(pickle.dumps(cleaner)), TEXTS[1], url=URLS[1])


def test_a_pack_that_comes_later_is_not_there(large: Path) -> None:
    cleaner = Cleaner("rules", rules=[large])
    fill(large / "hosts", {"pier.example.toml": text_of("pier.example", "").replace("format", "formal")})
    assert cleaner.clean(TEXTS[-1], url="https://pier.example").text == TEXTS[-1]


def test_another_working_folder(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(large.parent)
    cleaner = Cleaner("rules", rules=[large.name])
    monkeypatch.chdir("/")
    assert cleaned(cleaner) == cleaned(Cleaner("rules", rules=[large]))


# ── one cleaner, many processes and machines ──────────────────────────────────────────────────────


def test_equal_cleaners(folder: Path) -> None:
    cleaner, again = Cleaner(rules=[folder]), Cleaner(rules=[str(folder)])
    copy = pickle.loads(pickle.dumps(cleaner))
    assert cleaner == again == copy
    assert hash(cleaner) == hash(again) == hash(copy)
    assert pickle.dumps(cleaner) == pickle.dumps(again) == pickle.dumps(copy)
    assert cleaner.fingerprint == again.fingerprint == copy.fingerprint
    fill(folder / "hosts", {f"{QUAY}.toml": text_of(QUAY, "")})
    assert Cleaner(rules=[folder]) != cleaner
    assert "hosts" in repr(cleaner)


def test_the_fingerprint_does_not_tell_where_a_pack_lies(tmp_path: Path) -> None:
    """On another machine, the same packs lie in another folder."""
    fill(tmp_path, {"one/own.toml": OWN_RULES, "two/own.toml": OWN_RULES, "three/own.toml": OWN_RULES + "\n"})
    one, two, three = (Cleaner(rules=[tmp_path / name / "own.toml"]).fingerprint for name in ("one", "two", "three"))
    assert one == two != three


def test_the_fingerprint_is_of_what_the_packs_say(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    first = Cleaner(rules=["learned"]).fingerprint
    for file in (folder / "hosts").iterdir():
        os.utime(file, (1, 1))
    assert Cleaner(rules=["learned"]).fingerprint == first
    file = folder / "hosts" / f"{QUAY}.toml"
    file.write_text(file.read_text("utf-8").replace("Nets", "Rods") + "# x", "utf-8")
    changed = Cleaner(rules=["learned"]).fingerprint
    assert changed != first
    file.rename(folder / "hosts" / "pier.example.toml")
    assert Cleaner(rules=["learned"]).fingerprint not in (first, changed)


def test_another_machine(large: Path, tmp_path: Path) -> None:
    """There, times differ. The engines compare the fingerprints."""
    from cleaner.engines.arrow import Cleaning
    from cleaner.rows import Fields

    cleaning = Cleaning.of(Cleaner("rules", rules=[large]), Fields(), None)
    expected, pickled = cleaned(cleaning.cleaner), pickle.dumps(cleaning)
    for file in (large / "hosts").iterdir():
        os.utime(file, (1, 1))
    assert cleaned(pickle.loads(pickled).cleaner) == expected
    other = pickle.dumps(Cleaning.of(Cleaner("rules", rules=[large]), Fields(), None))
    file = large / "hosts" / f"{QUAY}.toml"
    file.write_text(file.read_text("utf-8") + "# x", "utf-8")
    with pytest.raises(SettingsError, match="or of the packs of hosts; install the same there"):
        pickle.loads(other)
    (large / "hosts").rename(tmp_path / "gone")
    with pytest.raises(SettingsError, match=r"cannot be read as .*hosts on this machine \(No such.*; put the folder"):
        on_this_machine(cleaning.cleaner)


# ── the command ───────────────────────────────────────────────────────────────────────────────────


def test_a_run_with_a_wrong_pack_fails_its_documents_alone(large: Path, tmp_path: Path) -> None:
    import json

    fill(large / "hosts", {f"{OLD}.toml": "linez = 1"})
    rows = [
        json.dumps({"text": text, "url": url, "lang": lang})
        for text, url, lang in zip(TEXTS, URLS, LANGS, strict=True)
    ]
    fill(tmp_path, {"pages.jsonl": "\n".join(rows) + "\n"})
    result = call("strip", "--rules", "learned", "pages.jsonl", "--jobs", "2", cwd=tmp_path)
    assert result.code == 3
    assert "1 document could not be cleaned" in result.err
    failures = (tmp_path / "pages.failed.jsonl").read_text("utf-8")
    assert f"learned/hosts/{OLD}.toml:1: unknown key 'linez'" in failures
    result = call(
        "explain", "--rules", "learned", "--url", f"http://{OLD}", "-", cwd=tmp_path, stdin=TEXTS[0].encode()
    )
    assert result.code == 2
    assert f"learned/hosts/{OLD}.toml:1: unknown key 'linez'" in result.err


def test_the_commands_for_rules(folder: Path, tmp_path: Path) -> None:
    fill(tmp_path, {"page.txt": TEXTS[1]})
    assert f"{QUAY}/lines" in call("rules", "list", "--rules", folder).out
    assert "Old boats of the quay" in call("rules", "show", f"{OLD}/lines", "--rules", folder).out
    tried = call("rules", "try", folder, tmp_path / "page.txt", "--url", URLS[1])
    assert f"[{OLD}/lines]" in tried.out
    assert f"[{QUAY}/lines]" in tried.out
    assert "hafen" not in tried.out
    nothing = call("rules", "try", folder, tmp_path / "page.txt")
    assert nothing.code == 2
    assert "all packs are for hosts; pass the --url of the documents" in nothing.err
    measured = call("rules", "coverage", tmp_path / "page.txt", "--rules", folder, "--url", URLS[1])
    assert f"{OLD}/lines" in measured.out
