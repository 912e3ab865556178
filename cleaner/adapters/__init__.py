"""Drop-ins for crawlers and for pipelines of retrieval: what people plug into a tool, in the terms of that tool.

`cleaner.adapters.scrapy` is an item pipeline, `.crawl4ai` a Markdown generator, `.langchain` a document transformer
and `.llamaindex` a component of an ingestion pipeline. All of them go by rows, as engines do, and give the same
texts. No document is lost: one that cannot be cleaned stays as it is, and carries the reason.

    items of Scrapy ───────────────┐
    documents of LangChain ─┐      ├─ rows.row_of ── rows.clean_rows ── rows.new_values ── back to where they are from
    nodes of LlamaIndex ────┴─ metadata.clean_all

None of the tools is installed along with the cleaner; each is an extra of the same name as its module, which imports
it inside `with extra("name")`.
"""
