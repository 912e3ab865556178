"""Adapters: what crawlers and pipelines of retrieval plug in. Each runs in the real thing.

`test_engines.py` compares them row by row with the library, on made documents. crawl4ai has tests of its own.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import Cleaned, Cleaner, SettingsError
from cleaner.adapters.metadata import Document as Content
from cleaner.adapters.metadata import clean_all, values_of
from cleaner.rows import Fields, RowOutcome, counts_of, new_values, row_of
from cleaner.text.kinds import is_page
from tests import engines, strategies, support
from tests.support import CLEAN, DATA, DOCUMENT, REFUSED, WHY_REFUSED, cleaner_at

CLEANER = cleaner_at()
EXAMPLES = Path(__file__).with_name("examples") / "adapters"
PAGE = (DATA / "html" / "news.html").read_text("utf-8")
URL = "https://example.org/1"
RECORDED = Fields(record="record")

pytestmark = pytest.mark.slow


# ── Metadata ──────────────────────────────────────────────────────────────────────────────────────


def test_a_document_that_is_refused_stays_among_the_others() -> None:
    given = [Content(text, {"n": n}) for n, text in enumerate([DOCUMENT, REFUSED, PAGE, ""])]
    done = clean_all(given, CLEANER, Fields())
    assert [one.content for one in done] == [CLEAN, REFUSED, CLEANER.clean_html(PAGE).text, ""]
    assert [dict(one.metadata) for one in done] == [
        {"n": 0},
        {"n": 1, "cleaner_error": WHY_REFUSED},
        {"n": 2},
        {"n": 3},
    ]
    assert given[0] == (DOCUMENT, {"n": 0})


def test_all_together_are_as_one_by_one_and_twice_as_once() -> None:
    rows = engines.some_without_text(60)
    given = [Content(row["text"], {"url": row["url"]}) for row in rows if row["text"]] + [Content(REFUSED, {})]
    done = clean_all(given, CLEANER, RECORDED)
    assert [clean_all([one], CLEANER, RECORDED)[0] for one in given] == done
    assert clean_all(done, CLEANER, RECORDED) == done
    assert any(one.metadata["record"]["edits"] for one in done[:-1])


texts = strategies.documents() | strategies.pages() | st.just(REFUSED)
metadata = st.fixed_dictionaries({}, optional={"url": strategies.urls, "source": st.text(), "language": st.text()})


@settings(max_examples=40)
@given(st.lists(st.builds(Content, texts, metadata), max_size=4), st.sampled_from([None, "record"]))
def test_all_together_twice_and_one_by_one(given: list[Content], record: str | None) -> None:
    fields = Fields(record=record)
    done = clean_all(given, CLEANER, fields)
    assert [clean_all([one], CLEANER, fields)[0] for one in given] == done
    assert clean_all(done, CLEANER, fields) == done
    for one, (content, metadata) in zip(given, done, strict=True):
        assert metadata == {**one.metadata, **{k: metadata[k] for k in ("record", "cleaner_error") if k in metadata}}
        if "cleaner_error" in metadata:
            assert content == one.content
        elif record and not is_page(one.content):
            assert Cleaned.from_dict({"text": content, **metadata["record"]}).restore() == one.content


def test_an_error_goes_when_the_document_is_mended() -> None:
    (once,) = clean_all([Content(REFUSED, {})], CLEANER, Fields())
    (again,) = clean_all([Content(DOCUMENT, once.metadata)], CLEANER, Fields())
    assert again == (CLEAN, {})


@pytest.mark.parametrize(
    ("metadata", "url", "lang"),
    [
        ({"source": URL, "language": "en-GB"}, URL, "en-GB"),
        ({"source": "docs/a.html", "URL": URL, "lang": "de"}, URL, "de"),
        ({"mine": URL, "source": "https://example.org/2", "ours": "fr", "language": "en"}, URL, "fr"),
        ({"url": 5, "source": None, "language": ["en"], "lang": ""}, None, None),
        ({"mine": "example.org/1", "source": "docs/a.html"}, "example.org/1", None),
    ],
)
def test_urls_and_languages_are_where_loaders_put_them(metadata: dict[str, Any], url: str, lang: str) -> None:
    fields = Fields(url="mine", lang="ours")
    row = row_of(values_of(Content(DOCUMENT, metadata), fields).get, fields)
    assert row == (DOCUMENT, None, url, lang, "", ())


def test_a_url_that_is_none_does_no_harm() -> None:
    (done,) = clean_all([Content(DOCUMENT, {"url": "a b", "language": "no language"})], CLEANER, Fields())
    assert done == (CLEAN, {"url": "a b", "language": "no language"})


def test_a_record_stays_if_nothing_more_was_to_clean() -> None:
    cleaned = CLEANER.clean(CLEAN)
    nothing: dict[str, object] = {}
    before: dict[str, object] = {"record": "of before"}
    assert new_values(RowOutcome(cleaned), RECORDED, before.get) == {"text": CLEAN}
    assert "record" in new_values(RowOutcome(cleaned), RECORDED, nothing.get)
    assert "record" in new_values(RowOutcome(CLEANER.clean(DOCUMENT)), RECORDED, before.get)
    assert new_values(RowOutcome(None, "why"), Fields(error=None), nothing.get) == {}


def test_what_is_counted() -> None:
    assert counts_of(RowOutcome(None, "why")) == {"failed": 1}
    assert counts_of(RowOutcome(CLEANER.clean(CLEAN))) == {}
    cleaned = CLEANER.clean(DOCUMENT)
    assert counts_of(RowOutcome(cleaned)) == {"changed": 1, cleaned.edits[0].by: 1}


# ── LangChain ─────────────────────────────────────────────────────────────────────────────────────


def test_langchain() -> None:
    from langchain_core.documents import Document

    from cleaner.adapters.langchain import FIELDS, CleanerTransformer

    given = [
        Document(DOCUMENT, id="1", metadata={"source": URL}),
        Document(REFUSED, id="2"),
        Document(PAGE, id="3", metadata={"title": "News"}),
    ]
    before = pickle.dumps(given)
    transformer = CleanerTransformer(CLEANER, FIELDS._replace(record="record"))
    done = transformer.transform_documents(given)
    assert pickle.dumps(given) == before
    assert [one.id for one in done] == ["1", "2", "3"]
    assert [one.page_content for one in done] == [CLEAN, REFUSED, CLEANER.clean_html(PAGE).text]
    assert done[1].metadata == {"cleaner_error": WHY_REFUSED}
    assert done[2].metadata["title"] == "News"
    assert Cleaned.from_dict({"text": CLEAN, **done[0].metadata["record"]}).restore() == DOCUMENT
    assert asyncio.run(transformer.atransform_documents(given)) == done
    assert transformer.transform_documents(done) == done
    assert [one for document in given for one in transformer.transform_documents([document])] == done
    assert transformer.transform_documents([]) == []


def test_langchain_takes_all_for_html_if_told_so() -> None:
    from langchain_core.documents import Document

    from cleaner.adapters.langchain import FIELDS, CleanerTransformer

    text = "AT&amp;T and <b>rain</b> for three days"
    (done,) = CleanerTransformer(fields=FIELDS._replace(html="page_content")).transform_documents([Document(text)])
    assert done.page_content == "AT&T and rain for three days"
    with pytest.raises(ValueError, match="no language tag"):
        CleanerTransformer(lang="no language")


# ── LlamaIndex ────────────────────────────────────────────────────────────────────────────────────


def test_llamaindex() -> None:
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.schema import ImageNode, MetadataMode, TextNode

    from cleaner.adapters.llamaindex import CleanerTransform

    given = [
        Document(text=DOCUMENT, id_="1", metadata={"url": URL}),
        Document(text=REFUSED, id_="2"),
        TextNode(text=PAGE, id_="3", excluded_llm_metadata_keys=["record"]),
        ImageNode(image_url="https://example.org/a.png", id_="4"),
        Document(id_="5"),
    ]
    before = [node.to_dict() for node in given]
    transform = CleanerTransform(cleaner=CLEANER, fields=RECORDED)
    done = transform(given)
    assert [node.to_dict() for node in given] == before
    assert [node.node_id for node in done] == ["1", "2", "3", "4", "5"]
    assert [type(node) for node in done] == [type(node) for node in given]
    assert [node.get_content() for node in done] == [CLEAN, REFUSED, CLEANER.clean_html(PAGE).text, "", ""]
    assert done[1].metadata == {"cleaner_error": WHY_REFUSED}
    assert Cleaned.from_dict({"text": CLEAN, **done[0].metadata["record"]}).restore() == DOCUMENT
    assert (
        done[0].get_content(MetadataMode.LLM)
        == done[0].get_content(MetadataMode.EMBED)
        == f"url: {URL}\n\n{CLEAN}".strip()
    )
    assert done[2].excluded_llm_metadata_keys == ["record"]
    assert transform(done) == done
    assert [one for node in given for one in transform([node])] == done
    assert asyncio.run(transform.acall(given)) == done
    assert transform([]) == []
    pipeline = IngestionPipeline(transformations=[CleanerTransform(), SentenceSplitter()])
    (node,) = pipeline.run(documents=[given[0]])
    assert (node.get_content(), node.ref_doc_id) == (CLEAN.strip(), "1")


def test_the_cache_of_llamaindex_knows_the_cleaner() -> None:
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionCache, IngestionPipeline
    from llama_index.core.ingestion.pipeline import get_transformation_hash

    from cleaner.adapters.llamaindex import CleanerTransform

    safe, same = CleanerTransform(), CleanerTransform(cleaner=Cleaner(), fields=Fields(lang="language"))
    others = [
        CleanerTransform(cleaner=Cleaner("main")),
        CleanerTransform(cleaner=Cleaner(keep_categories=["accessibility"])),
        CleanerTransform(fields=RECORDED),
        CleanerTransform(lang="de"),
    ]
    documents = [Document(text=DOCUMENT)]
    hashes = [get_transformation_hash(documents, one) for one in (safe, same, *others)]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == len(others) + 1
    assert (hash(safe), safe) == (hash(same), same)
    assert safe.to_dict()["fingerprint"] == Cleaner().fingerprint
    json.dumps(safe.to_dict())

    cache = IngestionCache()
    results = [
        IngestionPipeline(transformations=[one], cache=cache).run(documents=documents)[0].get_content()
        for one in (safe, others[1], same)
    ]
    assert results == [CLEAN, DOCUMENT, CLEAN]


def test_a_component_of_llamaindex_goes_to_other_processes() -> None:
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionPipeline

    from cleaner.adapters.llamaindex import CleanerTransform

    given = CleanerTransform(cleaner=Cleaner("main"), lang="en")
    copy = pickle.loads(pickle.dumps(given))
    assert (copy, copy.cleaner.level, copy.lang) == (given, "main", "en")
    documents = [Document(text=text) for text in (DOCUMENT, REFUSED, DOCUMENT)]
    done = IngestionPipeline(transformations=[given]).run(documents=documents, num_workers=2)
    assert [node.get_content() for node in done] == [CLEAN, REFUSED, CLEAN]


def test_a_component_of_llamaindex_as_data() -> None:
    from cleaner.adapters.llamaindex import CleanerTransform

    main = Cleaner("main")
    data = CleanerTransform(cleaner=main, lang="pt_BR").to_dict()
    made = CleanerTransform.from_dict(data, cleaner=main)
    assert (made.cleaner, made.lang) == (main, "pt-BR")
    assert CleanerTransform.from_dict(CleanerTransform().to_dict()) == CleanerTransform()
    with pytest.raises(SettingsError, match="another cleaner"):
        CleanerTransform.from_dict(data)
    with pytest.raises(ValueError, match="no language tag"):
        CleanerTransform(lang="no language")


# ── Scrapy ────────────────────────────────────────────────────────────────────────────────────────

SPIDER = """
import dataclasses, json
from pathlib import Path
from urllib.parse import urljoin
import attrs, scrapy

class Item(scrapy.Item):
    url = scrapy.Field()
    html = scrapy.Field()
    text = scrapy.Field()
    cleaner_error = scrapy.Field()

@dataclasses.dataclass
class Data:
    url: str
    html: str
    text: str | None = None
    cleaner_error: str | None = None

@attrs.define
class Attrs:
    url: str
    html: str
    text: str | None = None

@dataclasses.dataclass(frozen=True)
class Frozen:
    url: str
    html: str
    text: str | None = None
    cleaner_error: str | None = None

class NoText(scrapy.Item):
    url = scrapy.Field()
    html = scrapy.Field()

class Site(scrapy.Spider):
    name = "site"
    custom_settings = {"ITEM_PIPELINES": {"cleaner.adapters.scrapy.CleanerPipeline": 1}}

    def parse(self, response):
        yield response.follow("page.html", self.page)
        yield response.follow("refused.html", self.page)

    def page(self, response):
        for kind in (dict, Item, Data, Attrs, Frozen, NoText):
            yield kind(url=f"{response.url}#{kind.__name__}", html=response.text)

    async def start(self):
        yield scrapy.Request(self.url)
        yield {"url": "text", "text": "Accessibility links\\n\\nRain fell for three days.\\n"}
        yield {"url": "nothing"}

    def closed(self, reason):
        stats = {key: value for key, value in self.crawler.stats.get_stats().items() if key.startswith("cleaner/")}
        Path("stats.json").write_text(json.dumps(stats))
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A site with a page, and one that is refused; its URL."""
    links = "<a href=page.html>1</a><a href=refused.html>2</a>"
    support.fill(tmp_path, {"site/index.html": links, "site/page.html": PAGE, "site/refused.html": REFUSED})
    with support.served(tmp_path / "site") as url:
        yield url


def crawl(folder: Path, url: str, *settings: str) -> subprocess.CompletedProcess[str]:
    """Run the spider in a process of Scrapy."""
    (folder / "spider.py").write_text(SPIDER)
    words = [word for setting in (*settings, "LOG_LEVEL=WARNING") for word in ("-s", setting)]
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "runspider",
        "spider.py",
        "-a",
        f"url={url}",
        "-O",
        "done.jsonl",
        *words,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def items(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the items that were scraped, by the last part of their URLs."""
    rows = [json.loads(line) for line in (folder / "done.jsonl").read_text().splitlines()]
    return {row["url"].rpartition("/")[2]: row for row in rows}


def test_a_crawl_with_scrapy(site: str, tmp_path: Path) -> None:
    done = crawl(tmp_path, site)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found = items(tmp_path)
    assert len(found) == 14
    for kind in ("dict", "Item", "Data", "Attrs"):
        url = f"{site}page.html#{kind}"
        assert found[f"page.html#{kind}"]["text"] == CLEANER.clean_html(PAGE, url=url).text
        assert found[f"page.html#{kind}"]["html"] == PAGE
        assert not found[f"page.html#{kind}"].get("cleaner_error")
        assert found[f"refused.html#{kind}"]["html"] == REFUSED
        assert not found[f"refused.html#{kind}"].get("text")
        assert found[f"refused.html#{kind}"].get("cleaner_error", WHY_REFUSED) == WHY_REFUSED
    assert "cleaner_error" in found["refused.html#dict"]
    assert found["page.html#Frozen"] == {
        "url": f"{site}page.html#Frozen",
        "html": PAGE,
        "text": None,
        "cleaner_error": None,
    }
    assert found["page.html#NoText"] == {"url": f"{site}page.html#NoText", "html": PAGE}
    assert found["text"]["text"] == "Rain fell for three days.\n"
    assert found["nothing"] == {"url": "nothing", "cleaner_error": engines.NO_TEXT}
    stats = json.loads((tmp_path / "stats.json").read_text())
    wanted = Counter(items=14, failed=9) + counts_of(RowOutcome(CLEANER.clean(DOCUMENT)))
    for _ in range(4):
        wanted += counts_of(RowOutcome(CLEANER.clean_html(PAGE)))
    assert stats == {f"cleaner/{name}": number for name, number in wanted.items()}
    said = re.findall(r"WARNING: (\S+: .*)", done.stderr)
    assert len(said) == 9
    assert f"{site}refused.html#dict: {WHY_REFUSED}" in said
    fields = "add it to the class of the item, or name another field"
    assert f"{site}page.html#NoText: cannot have the field 'text'; {fields}" in said


def test_the_settings_of_scrapy(site: str, tmp_path: Path) -> None:
    settings = ("LEVEL=rules", "TEXT_FIELD=html", "RECORD_FIELD=record", "DROP_FAILED=1", "ERROR_FIELD=", "LANG=en")
    done = crawl(tmp_path, site, *(f"CLEANER_{setting}" for setting in settings))
    assert done.returncode == 0, done.stderr
    found = items(tmp_path)
    assert set(found) == {"page.html#dict"}, "all others cannot have a record, or hold no text"
    cleaned = Cleaner("rules").clean_html(PAGE, url=f"{site}page.html#dict", lang="en")
    assert found["page.html#dict"]["html"] == cleaned.text
    assert found["page.html#dict"]["record"]["edits"] == json.loads(json.dumps(cleaned.to_dict()))["edits"]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("CLEANER_LEVEL=hard", "level: there is no level"),
        ("CLEANER_THRESHOLD=much", "CLEANER_THRESHOLD: 'much' is not what it takes"),
        ("CLEANER_MARKDOWN=perhaps", "CLEANER_MARKDOWN: 'perhaps' is not what it takes"),
        ("CLEANER_RULES=nowhere.toml", "nowhere.toml"),
        ("CLEANER_TEXT_FIELD=", "CLEANER_TEXT_FIELD: '' is no name of a field"),
        ("CLEANER_LANG=no language", "CLEANER_LANG: 'no language' is no language tag"),
    ],
)
def test_settings_of_scrapy_that_are_wrong(setting: str, says: str) -> None:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from cleaner.adapters.scrapy import CleanerPipeline

    name, value = setting.split("=")
    with pytest.raises(SettingsError) as error:
        CleanerPipeline.from_crawler(Crawler(Spider, {name: value}))
    assert says in str(error.value)


def test_settings_of_scrapy_become_a_cleaner(tmp_path: Path) -> None:
    from scrapy.settings import Settings

    from cleaner.adapters.scrapy import arguments_of, fields_of

    rules = support.fill(tmp_path, {"own.toml": support.OWN_RULES}) / "own.toml"
    given = {
        "LEVEL": "main",
        "RULES": rules,
        "DISABLE": "share/bar,own/*",
        "KEEP_CATEGORIES": ["related"],
        "DROP_CATEGORIES": "credit",
        "THRESHOLD": "0.25",
        "MARKDOWN": "1",
        "MARKDOWN_IN": False,
        "URL_FIELD": "link",
        "HTML_FIELD": "body",
    }
    settings = Settings({f"CLEANER_{name}": value for name, value in given.items()})
    assert arguments_of(settings) == {
        "level": "main",
        "rules": [rules],
        "disable": ["share/bar", "own/*"],
        "keep_categories": ["related"],
        "drop_categories": ["credit"],
        "threshold": 0.25,
        "markdown": True,
        "markdown_in": False,
    }
    assert fields_of(settings) == Fields(url="link", html="body")
    assert (arguments_of(Settings()), fields_of(Settings())) == ({}, Fields())


def test_items_of_scrapy_one_after_the_other_and_twice() -> None:
    from cleaner.adapters.scrapy import CleanerPipeline

    pipeline = CleanerPipeline(CLEANER, RECORDED)
    once = pipeline.process_item({"text": DOCUMENT, "url": URL})
    assert once["text"] == CLEAN
    assert pipeline.process_item(dict(once), "a spider, from older versions") == once
    assert pipeline.process_item("no item") == "no item"
    assert pipeline.process_item({"html": PAGE.encode()})["text"] == CLEANER.clean_html(PAGE.encode()).text
    page = pipeline.process_item({"text": "", "html": PAGE})
    assert page["text"] == CLEANER.clean_html(PAGE).text
    assert pipeline.process_item(dict(page)) == page
    assert pipeline.process_item({"text": ""})["text"] == ""


def test_an_item_of_scrapy_changes_as_a_whole_or_not_at_all() -> None:
    import attrs
    from scrapy import Field, Item

    from cleaner.adapters.scrapy import CleanerPipeline

    class Recorded(Item):  # type: ignore[misc]
        html = Field()
        record = Field()

    @attrs.define
    class Checked:
        html: str
        record: object = None
        text: str = attrs.field(default="", validator=attrs.validators.max_len(3))

    pipeline = CleanerPipeline(CLEANER, RECORDED)
    for make in (Recorded, Checked):
        item = pipeline.process_item(make(html=PAGE))
        assert item == make(html=PAGE)


# ── All ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("module", ["scrapy", "langchain", "llamaindex", "crawl4ai"])
def test_without_the_package_it_says_what_to_install(module: str) -> None:
    package = {"langchain": "langchain_core", "llamaindex": "llama_index.core.schema", "scrapy": "itemadapter"}.get(
        module, module
    )
    code = f"import sys; sys.modules[{package!r}] = None; import cleaner.adapters.{module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.endswith(f"pip install 'boilerstrip[{module}]'\n"), done.stderr


def test_the_package_itself_imports_none_of_them() -> None:
    code = "import sys, cleaner.adapters.metadata; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"scrapy", "langchain_core", "llama_index", "crawl4ai", "pyarrow"} & set(done.stdout.split())


@pytest.mark.parametrize("module", ["langchain", "llamaindex"])
def test_the_examples_run(module: str) -> None:
    code = f"import runpy; print(repr(runpy.run_path({str(EXAMPLES / f'with_{module}.py')!r})['cleaned']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Rain fell for three days." in done.stdout
    assert "Accessibility" not in done.stdout


def test_the_example_of_scrapy_runs(tmp_path: Path) -> None:
    support.fill(tmp_path, {"page.html": PAGE, "pages.py": (EXAMPLES / "with_scrapy.py").read_text("utf-8")})
    command = [sys.executable, "-m", "scrapy", "runspider", "pages.py", "-O", "pages.jsonl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "pages.jsonl").read_text())["text"] == CLEANER.clean_html(PAGE).text
