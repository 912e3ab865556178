import asyncio
from pathlib import Path

from crawl4ai import AsyncWebCrawler, CrawlerRunConfig
from crawl4ai.async_crawler_strategy import AsyncHTTPCrawlerStrategy

from cleaner.adapters.crawl4ai import CleanerMarkdown


async def crawl(url):
    async with AsyncWebCrawler(AsyncHTTPCrawlerStrategy()) as crawler:  # AsyncWebCrawler() takes a browser
        return await crawler.arun(url, CrawlerRunConfig(markdown_generator=CleanerMarkdown()))


result = asyncio.run(crawl(Path("page.html").absolute().as_uri()))
print(result.markdown.fit_markdown)
