"""The run of `cleaner learn` over files and shards: what `survey` says, in worker processes, with constant memory.

`sources` says what is read, `tasks` what a worker does with a piece of it, `store` keeps the rows between the two
readings and groups them, in a `workspace` that is gone after the run, and `run` is the loop over all.
"""
