from langchain_core.documents import Document

from cleaner.adapters.langchain import CleanerTransformer

documents = [
    Document("Accessibility links\n\nRain fell for three days.\n", metadata={"source": "https://example.org/1"})
]
cleaned = CleanerTransformer().transform_documents(documents)  # before a text splitter
