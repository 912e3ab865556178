"""The judge scores every line of a document by its shape, its words and its neighbours, and decides which lines go.

    characters   the class of each character, from a table that ships
    features     lines → numbers: their shape, their words, their place in the document
    markup       further numbers for the lines of HTML pages
    model        the net, in exact whole numbers: numbers → a score for each line
    doubt        scores of a page → whether trafilatura is asked about it, too
    decide       scores → the lines that go, at the levels `safe` and `main`
    confidence   scores, and what became of the lines → how good the document is to be expected
    judge        all of it behind one class, with a mark for each line that goes
    fit/         fits the weights anew from labelled pages, for development

Two makers make these numbers: the modules above, with numpy, and the compiled kernel. What both share needs no numpy:

    records      the layout of the numbers of a line
    chances      what a score stands for, and the thresholds of the levels
    shipped      the files of weights
    maker        what a maker does
    in_numpy     the maker with numpy
    in_c         the maker with the kernel

MODEL.md is the model card; FIGURES.md has the measurements.
"""
