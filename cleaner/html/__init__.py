"""HTML pages: the only room that knows trafilatura and lxml."""
