"""`cleaner learn`: the same packs from the same documents, however they come, and whatever is wrong with some."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cleaner.learn.documents import SiteDocument
from cleaner.learn.folder import place_of
from cleaner.learn.found import LearnedSite
from cleaner.learn.run.store import Store
from cleaner.learn.survey import SAMPLE, Given, Surveyed, Unread, choose, gather, site_for, survey
from cleaner.rows import Row
from tests import support
from tests.support import Result, call, complaints, launched

Rows = list[dict[str, Any]]

NOUNS = "rain river bridge town house door winter light market ship captain letter garden road hill wind stone bread"
SITES = ("www.news.one.example", "news.two.example", "news.three.example")


def chrome_of(host: str) -> list[str]:
    """Return lines of chrome: the first stands in front of the prose."""
    return [
        f"Home {host}",
        f"More from {host}",
        f"Subscribe to {host} today",
        f"Most read on {host}",
        f"Download the {host} app",
        f"Get {host} in your inbox",
    ]


def prose_of(chance: random.Random) -> str:
    """Return a paragraph that is like no other."""
    words = iter(chance.choices(NOUNS.split(), k=9))
    first = (
        f"On the way to the {next(words)} the {next(words)} of the old {next(words)} was found in {chance.random()}"
    )
    second = f"Nobody could say why the {next(words)} and the {next(words)} had been left behind the {next(words)}"
    third = f"The {next(words)} knew that a {next(words)} would not come back to the {next(words)}"
    return f"{first}. {second}. {third}."


def documents(hosts: Sequence[str] = SITES, each: int = 30, seed: int = 1) -> Rows:
    """Return documents of sites: chrome around prose that no other document has."""
    chance = random.Random(seed)
    rows = []
    for host in hosts:
        first, *last = chrome_of(host)
        for number in range(each):
            text = "\n".join([first, *(prose_of(chance) for _ in range(6)), *last]) + "\n"
            rows.append({"url": f"https://{host}/{number}", "text": text, "source": host})
    return rows


def without_chrome(rows: Rows) -> Rows:
    return [{**row, "text": "\n".join(row["text"].split("\n")[1:7])} for row in rows]


def jsonl(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def parquet(path: Path, rows: Rows) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=5)
    return path


def warc(path: Path, rows: Rows) -> Path:
    records = []
    for row in rows:
        data = row["text"].encode()
        head = f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {row['url']}\r\n"
        head += f"Content-Type: text/plain\r\nContent-Length: {len(data)}\r\n\r\n"
        records.append(head.encode() + data + b"\r\n\r\n")
    path.write_bytes(b"".join(records))
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, by their names."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def learn(*words: str | Path, cwd: Path) -> Result:
    return call("learn", *words, cwd=cwd)


@pytest.fixture
def packs(tmp_path: Path) -> dict[str, bytes]:
    """The packs that are learned from `documents()`."""
    folder = tmp_path / "wanted"
    folder.mkdir()
    assert learn(jsonl(folder / "docs.jsonl", documents()), cwd=folder).code == 0
    return tree(folder / "learned")


# ── The same packs ────────────────────────────────────────────────────────────────────────────────


def test_a_pack_for_each_site(packs: dict[str, bytes]) -> None:
    assert sorted(packs) == sorted(f"hosts/{host.removeprefix('www.')}.toml" for host in SITES)
    for host in SITES:
        text = packs[f"hosts/{host.removeprefix('www.')}.toml"].decode()
        assert sum(line in text for line in chrome_of(host)) >= 1, text


@pytest.mark.parametrize("write", [jsonl, parquet, warc])
def test_the_same_packs_from_every_kind_of_shard(
    packs: dict[str, bytes], write: Callable[[Path, Rows], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / f"docs.{write.__name__}", documents()[::-1])
    assert learn("--jobs", "2", path, cwd=tmp_path).code == 0
    assert tree(tmp_path / "learned") == packs


def test_the_same_packs_in_any_order_and_over_any_files(packs: dict[str, bytes], tmp_path: Path) -> None:
    rows = documents()
    random.Random(3).shuffle(rows)
    (tmp_path / "docs").mkdir()
    jsonl(tmp_path / "docs" / "a.jsonl", rows[:5])
    parquet(tmp_path / "docs" / "b.parquet", rows[5:11])
    jsonl(tmp_path / "docs" / "c.jsonl", rows[11:] + rows[3:9])  # some are there twice
    assert learn("docs", "-j3", "-o", "packs", cwd=tmp_path).code == 0
    assert tree(tmp_path / "packs") == packs
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs", "packs", "wanted"]


def test_the_same_rules_from_files(packs: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for number, row in enumerate(documents(SITES[:1])):
        (tmp_path / "docs" / f"{number}.txt").write_text(row["text"])
    assert learn("docs", "--url", "https://www.news.one.example", cwd=tmp_path).code == 0
    (text,) = (data.decode() for data in tree(tmp_path / "learned").values())
    wanted = packs["hosts/news.one.example.toml"].decode()
    assert [x for x in text.split("\n") if x.startswith("lines = ")] == [
        x for x in wanted.split("\n") if x.startswith("lines = ")
    ]
    assert ".txt" in text  # a URL for all documents does not tell where a line was seen
    assert str(tmp_path) not in text


def test_learning_again_changes_nothing(packs: dict[str, bytes], tmp_path: Path) -> None:
    """Rules that were learned before do not hide what is learned again, also if the configuration names them."""
    folder = tmp_path / "wanted"
    (folder / "cleaner.toml").write_text('extend-rules = ["learned"]\n')
    result = learn("docs.jsonl", "--rules", "learned", cwd=folder)
    assert "0 of them new or changed" in result.out
    assert tree(folder / "learned") == packs


def test_what_the_cleaner_wrote_is_not_learned_from(packs: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "wanted"
    (folder / "learned" / "notes.txt").write_text(documents(SITES[:1])[0]["text"])
    jsonl(folder / "docs.clean.jsonl", documents(seed=2))
    jsonl(folder / "docs.failed.jsonl", documents(seed=3))
    assert learn(".", cwd=folder).code == 0
    assert {name: data for name, data in tree(folder / "learned").items() if name != "notes.txt"} == packs


def test_strip_learns_first(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "docs.jsonl", documents())
    result = call("strip", "--learned", "-j2", path, cwd=tmp_path)
    assert result.code == 0
    assert "news.one.example/" in result.err  # its rules are among the removers
    assert len(tree(tmp_path / "learned")) == len(SITES)
    assert call("strip", "--learned", "-", cwd=tmp_path, stdin=b"x").code == 2


# ── Which documents ───────────────────────────────────────────────────────────────────────────────


def test_the_store_does_the_same_on_the_disk(tmp_path: Path) -> None:
    chance = random.Random(5)
    sites = ["", "many.example", "few.example", *(f"{i}.example" for i in range(30))]
    rows = [Surveyed(chance.choice(sites[2:]), chance.getrandbits(64)) for _ in range(500)]
    rows += [Surveyed("many.example", chance.getrandbits(64)) for _ in range(2 * SAMPLE)]
    rows += [Surveyed("", chance.getrandbits(64)) for _ in range(40)]
    rows += rows[::3]  # there twice
    found = [SiteDocument(site, number, f"{i}", ("a", f"{i}é")) for i, (site, number) in enumerate(rows)]
    stores = []
    for limit in (1 << 30, 10_000):
        folder = tmp_path / str(limit)
        folder.mkdir()
        stores.append(Store(folder, buffer_bytes=limit))
        for start in range(0, len(rows), 50):
            stores[-1].add_surveyed(rows[start : start + 50])
            stores[-1].add_documents(found[start : start + 50])
    here, disk = stores
    assert disk._surveyed.parts
    assert disk._documents.parts
    assert here.chosen() == disk.chosen() == choose(rows)
    many = sorted({row.number for row in rows if row.site == "many.example"})
    assert here.chosen().thresholds["many.example"] == many[SAMPLE - 1]
    groups = [[(site, list(each)) for site, each in store.sites()] for store in stores]
    assert [(site, sorted(each)) for site, each in groups[0]] == [(site, sorted(each)) for site, each in groups[1]]
    assert all([one.number for one in each] == sorted(one.number for one in each) for _, each in groups[1])


def test_the_site_of_a_row() -> None:
    assert site_for(Row("x", url="https://www.Example.org:80/a")) == "example.org"
    assert site_for(Row("x", url="no url at all")) == ""
    assert site_for(Row("x", url="https://" + "a." * 200 + "example")) == ""
    assert site_for(Row("x", url="https://example.org"), "name", {"name": "Weekly\ud800"}.get) == "Weekly?"
    assert site_for(Row("x", url="https://example.org"), "name", {"name": 3}.get) == ""


def test_documents_that_cannot_be_read_are_told_and_others_are_gathered() -> None:
    given = [Given("a", "1", Row("Rain.\ud800")), Given("a", "2", Row(error="bad")), Given("b", "3", Row("Sun."))]
    assert len(list(survey(given))) == 2
    (only,) = gather(given, {"a": (1 << 64) - 1})
    assert not isinstance(only, Unread)
    "".join(only.lines).encode()


def test_groups_by_field_and_by_folder(tmp_path: Path) -> None:
    def sites(*words: str) -> dict[str, int]:
        assert learn(*words, "--report", "report.json", cwd=tmp_path).code == 0
        data = json.loads((tmp_path / "report.json").read_text())
        return {site["name"]: site["documents"] for site in data["sites"]}

    jsonl(tmp_path / "docs.jsonl", documents())
    assert sites("docs.jsonl", "--by", "source") == dict.fromkeys(SITES, 30)
    for row in documents():
        folder = tmp_path / "docs" / row["source"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{row['url'].rpartition('/')[2]}.txt").write_text(row["text"])
    assert sites("docs", "--by", "folder") == {f"docs/{host}": 30 for host in SITES}


# ── Bad input ─────────────────────────────────────────────────────────────────────────────────────


def test_a_shard_without_texts_is_said_once(tmp_path: Path) -> None:
    jsonl(tmp_path / "docs.jsonl", [{"body": row["text"]} for row in documents()])
    result = learn("docs.jsonl", cwd=tmp_path)
    assert result.code == 3
    lack = "has no field 'text' in its first 90 lines; it has 'body' (strings: 'body')"
    assert complaints(result)[0] == f"docs.jsonl: {lack}; name the text with --text-field body"
    assert result.err.count("docs.jsonl: ") == 1


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "there are no documents"),
        (documents(each=1)[:1], "there is one document"),
        ([documents()[0]] * 9, "all 9 documents are the same text"),
        (documents(each=4), "3 sites with fewer than five texts"),
    ],
)
def test_nothing_to_learn(rows: Rows, says: str, tmp_path: Path) -> None:
    result = learn(jsonl(tmp_path / "docs.jsonl", rows), cwd=tmp_path)
    assert (result.code, result.out) == (0, "")
    assert f"nothing was learned: {says}" in result.err
    assert "; " in result.err
    assert not (tmp_path / "learned").exists()


def test_sites_with_few_texts_are_counted(tmp_path: Path) -> None:
    rows = [*documents(SITES[:1]), *documents(SITES[1:], each=4)]
    assert "2 more sites with fewer than five texts" in learn(jsonl(tmp_path / "docs.jsonl", rows), cwd=tmp_path).out


def test_a_field_that_no_document_has(tmp_path: Path) -> None:
    result = learn(jsonl(tmp_path / "docs.jsonl", documents()), "--by", "sauce", cwd=tmp_path)
    assert result.code == 0
    assert "no document has a string in the field sauce" in result.err


def test_a_pack_of_the_configuration_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "cleaner.toml").write_text('extend-rules = ["ours.toml"]\n')
    (tmp_path / "ours.toml").write_text("nonsense")
    result = learn(jsonl(tmp_path / "docs.jsonl", documents()), cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {tmp_path / 'ours.toml'}:1: ")


def test_documents_where_the_packs_go(tmp_path: Path) -> None:
    jsonl(tmp_path / "docs.jsonl", documents())
    result = learn("docs.jsonl", "-o", ".", cwd=tmp_path)
    assert (result.code, set(tree(tmp_path))) == (3, {"docs.jsonl"})
    assert "hold some outside of ." in result.err


def test_nothing_repeats(tmp_path: Path) -> None:
    rows = without_chrome(documents())
    assert "no line repeats" in learn(jsonl(tmp_path / "docs.jsonl", rows), cwd=tmp_path).err


def test_rows_that_are_no_documents(packs: dict[str, bytes], tmp_path: Path) -> None:
    path = jsonl(tmp_path / "docs.jsonl", documents())
    with path.open("ab") as file:
        file.write(b'{"text": null, "url": "https://news.two.example/x"}\n[1]\n\xff\n\n{"text": "Rain.", "url": 7}\n')
    result = learn(path, cwd=tmp_path)
    assert result.code == 3
    assert [line.partition(": ")[0] for line in result.err.splitlines()] == [f"{path}:{n}" for n in (91, 92, 93)]
    assert tree(tmp_path / "learned") == packs


def test_shards_that_are_none(packs: dict[str, bytes], tmp_path: Path) -> None:
    jsonl(tmp_path / "docs.jsonl", documents())
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "bad.warc").write_bytes(b"no")
    result = learn("docs.jsonl", "bad.parquet", "bad.warc", "gone.jsonl", cwd=tmp_path)
    assert result.code == 3
    assert sorted(line.partition(": ")[0] for line in result.err.splitlines()) == [
        "bad.parquet",
        "bad.warc",
        "gone.jsonl",
    ]
    assert tree(tmp_path / "learned") == packs


HOSTILE = [
    "'''",
    "''' ''' quotes \"\"\" and \\ backslashes \\u0000",
    "A bell \x07, an escape \x1b[31m and a zero \x00 of a machine",
    "A line\u2028separator and\x85others",
    "\ud800 a lone surrogate of a page",
    "[[rule]]",
    'id = "x"',
    "x" * 10_000_000,
    "\u202ereversed order of letters",
]


def test_hostile_lines_make_packs_that_pass_the_check(tmp_path: Path) -> None:
    rows = documents(SITES[:1])
    for row in rows:
        row["text"] = "\n".join([*HOSTILE, row["text"], *HOSTILE])
    path = jsonl(tmp_path / "docs.jsonl", rows)
    assert learn(path, cwd=tmp_path).code == 0
    assert call("rules", "check", "learned", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    "host", ["../../x", "CON", "a" * 250 + ".example", "exa_mple.example", "bücher.example", "[::1]", "127.0.0.1"]
)
def test_hostile_hosts(host: str, tmp_path: Path) -> None:
    rows = documents([host])
    result = learn(jsonl(tmp_path / "docs.jsonl", rows), cwd=tmp_path)
    assert result.code in (0, 3), result.err
    assert {path.name for path in tmp_path.iterdir()} <= {"docs.jsonl", "learned"}
    if (tmp_path / "learned").exists():
        assert call("rules", "check", "learned", cwd=tmp_path).code == 0


@pytest.mark.slow
def test_a_site_with_very_many_different_lines(tmp_path: Path) -> None:
    rows = documents(SITES[:1])
    for number, row in enumerate(rows):
        row["text"] += "".join(f"Line {i} of the list {number} is here\n" for i in range(100_000))
    assert learn(jsonl(tmp_path / "docs.jsonl", rows), cwd=tmp_path).code == 0
    assert len(tree(tmp_path / "learned")) == 1


# ── The folder of packs ───────────────────────────────────────────────────────────────────────────


def _link_folder(learned: Path, outside: Path) -> None:
    learned.mkdir()
    (learned / "hosts").symlink_to(outside)


def _link_pack(learned: Path, outside: Path) -> None:
    (learned / "hosts").mkdir(parents=True)
    (learned / "hosts" / "news.one.example.toml").symlink_to(outside / "x.toml")


def _pipe(learned: Path, outside: Path) -> None:
    (learned / "hosts").mkdir(parents=True)
    os.mkfifo(learned / "hosts" / "news.one.example.toml")


def _foreign_pack(learned: Path, outside: Path) -> None:
    (learned / "hosts").mkdir(parents=True)
    (learned / "hosts" / "news.one.example.toml").write_text(support.OWN_RULES)


def _foreign_bytes(learned: Path, outside: Path) -> None:
    (learned / "hosts").mkdir(parents=True)
    (learned / "hosts" / "news.one.example.toml").write_bytes(b"\xff\xfe")


def _file(learned: Path, outside: Path) -> None:
    learned.mkdir()
    (learned / "hosts").write_text("mine")


@pytest.mark.parametrize("plant", [_link_folder, _link_pack, _pipe, _foreign_pack, _foreign_bytes, _file])
def test_what_is_not_ours_stays(plant: Callable[[Path, Path], None], tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.toml").write_text("mine")
    work = tmp_path / "work"
    work.mkdir()
    plant(work / "learned", outside)
    before = tree(work / "learned") if plant is not _link_folder else {}
    result = learn(jsonl(work / "docs.jsonl", documents()), cwd=work)
    assert result.code == 3
    assert all("; " in line for line in result.err.splitlines()), result.err
    assert "learned/hosts" in result.err
    assert tree(outside) == {"x.toml": b"mine"}
    if plant is not _link_folder:
        assert before.items() <= tree(work / "learned").items()
    if plant not in (_link_folder, _file):  # the other packs are written
        assert len(tree(work / "learned")) >= 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "docs.jsonl", documents())
    (tmp_path / "learned").mkdir(mode=0o500)
    result = learn(path, cwd=tmp_path)
    assert result.code == 3
    assert "cannot be written" in result.err


def test_a_pack_of_a_site_without_rules_now_says_so_and_others_stay(packs: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "wanted"
    rows = without_chrome(documents(SITES[:1]))
    assert learn(jsonl(folder / "docs.jsonl", rows), cwd=folder).code == 0
    now = tree(folder / "learned")
    changed = {name for name in packs if packs[name] != now[name]}
    assert changed == {"hosts/news.one.example.toml"}
    assert b"no longer" in now["hosts/news.one.example.toml"]


def test_the_place_of_a_pack_is_below_the_folder() -> None:
    for name in ("../x", "/etc/passwd", "a/b", "", "con", "x" * 999):
        place = place_of(LearnedSite(name, 5, hosts=(name,)))
        assert place.parent.name in ("hosts", "templates")
        assert len(place.parts) == 2


# ── Kills ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.alone
@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.8, 1.5])
def test_a_run_that_is_killed_leaves_nothing_that_matters(
    seconds: float, packs: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    path = jsonl(tmp_path / "docs.jsonl", documents())
    process = subprocess.Popen(launched("learn", "-q", path), cwd=tmp_path, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(cache.glob("cleaner/learn/run-*")):
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(0.5)  # its workers end by themselves
    assert learn(path, cwd=tmp_path).code == 0
    assert tree(tmp_path / "learned") == packs
    assert list(cache.glob("cleaner/learn/*")) == []
    shutil.rmtree(tmp_path / "learned")


# ── Engines ───────────────────────────────────────────────────────────────────────────────────────


def by_steps(rows: Rows, out: Path) -> None:
    """Learn by the steps that all engines have in common."""
    import pyarrow as pa

    from cleaner.engines.learning import Learning, write_all
    from cleaner.settings import Settings

    def groups(batches: list[pa.RecordBatch]) -> list[pa.Table]:
        table = pa.Table.from_batches(batches)
        return [table.filter(pa.compute.equal(table["site"], site)) for site in table["site"].unique()]

    batches = pa.Table.from_pylist(rows).to_batches(max_chunksize=7)
    learning = Learning(Settings())
    assert learning.check(batches[0].schema) == ["url", "text"]
    found = [learning.choice(group).to_pylist() for group in groups([learning.survey(batch) for batch in batches])]
    chosen = {row["site"]: row["threshold"] for rows in found for row in rows}
    gathered = [learning.gather(batch, chosen) for batch in batches]
    write_all([row for group in groups(gathered) for row in learning.group(group).to_pylist()], out)


def spark(rows: Rows, out: Path) -> None:
    import sys

    import pyarrow as pa

    session_of = pytest.importorskip("pyspark.sql").SparkSession
    from cleaner.engines.spark import learn

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = session_of.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        learn(session.createDataFrame(pa.Table.from_pylist(rows)).repartition(5), out)
    finally:
        session.stop()


def ray(rows: Rows, out: Path) -> None:
    import pyarrow as pa

    ray = pytest.importorskip("ray")
    from cleaner.engines.ray import learn

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        learn(ray.data.from_arrow(pa.Table.from_pylist(rows)).repartition(5), out)
    finally:
        ray.shutdown()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "engine", [by_steps, pytest.param(spark, marks=pytest.mark.slow), pytest.param(ray, marks=pytest.mark.slow)]
)
def test_engines_give_the_same_packs(
    engine: Callable[[Rows, Path], None], packs: dict[str, bytes], tmp_path: Path
) -> None:
    rows = documents()
    random.Random(4).shuffle(rows)
    engine([*rows, {**rows[0], "text": None}, rows[1]], tmp_path / "learned")
    assert tree(tmp_path / "learned") == packs
