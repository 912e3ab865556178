"""Fits the judge, for development: from labelled pages to the files of weights.

    python -m cleaner.judge.fit PAGES.jsonl.xz...                write the three files of weights in cleaner/judge
    python -m cleaner.judge.fit PAGES.jsonl.xz... --folds DIR    also those without each third of the sites

    render       pages → their text and markup, with the lists that `lists` makes of their words
    pages        these → labelled lines as inputs; `labels` says which lines are content
    words        labelled lines → weights of words
    net          inputs → the weights of the net
    __main__     the command

Needs the extra `fit`.
"""
