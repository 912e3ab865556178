from pathlib import Path

from scrapy import Spider


class Pages(Spider):
    name = "pages"
    start_urls = [Path("page.html").absolute().as_uri()]  # or https://…
    custom_settings = {"ITEM_PIPELINES": {"cleaner.adapters.scrapy.CleanerPipeline": 100}}

    def parse(self, response):
        yield {"url": response.url, "html": response.text}
