"""Fitting the judge, for development: from labelled pages to the file of weights.

    python -m cleaner.judge.fit PAGES.jsonl.xz...                write cleaner/judge/weights.bin and page-weights.bin
    python -m cleaner.judge.fit PAGES.jsonl.xz... --folds DIR    also those without each third of the sites

Needs the extra `fit`.
"""
