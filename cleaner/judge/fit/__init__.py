"""Fitting the judge, for development: from labelled pages to the file of weights.

    python -m cleaner.judge.fit PAGES.jsonl.xz...                 write cleaner/judge/weights.bin
    python -m cleaner.judge.fit PAGES.jsonl.xz... --validate      cross-validation by host, figures to stdout

Needs the extra `fit`.
"""
