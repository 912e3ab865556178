"""The judge: scores every line of a document by its shape, its words and its neighbours, from plain text alone."""
