"""Fits the judge, for development: from labelled pages to the files of weights.

    python -m cleaner.judge.fit PAGES.jsonl.xz...                write cleaner/judge/weights.bin and page-weights.bin
    python -m cleaner.judge.fit PAGES.jsonl.xz... --folds DIR    also those without each third of the sites

`pages` renders the pages as text, `labels` says which of their lines are content, `words` fits the weights of words,
`net` the net, and `__main__` is the command. Needs the extra `fit`.
"""
