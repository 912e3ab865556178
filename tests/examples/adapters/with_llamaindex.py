from llama_index.core import Document
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter

from cleaner.adapters.llamaindex import CleanerTransform

documents = [
    Document(text="Accessibility links\n\nRain fell for three days.\n", metadata={"url": "https://example.org/1"})
]
cleaned = IngestionPipeline(transformations=[CleanerTransform(), SentenceSplitter()]).run(documents=documents)
