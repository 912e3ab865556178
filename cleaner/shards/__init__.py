"""Shards: files with many documents (JSON lines, Parquet, WARC), cleaned in worker processes and resumable.

The way of a shard from the command line to its copy. Records stand on the left, on the right is who makes them:

    the process that reads and writes                                   cleaner/cli/, cleaner/shards/run.py

    FoundShard       a path or URL that the user named, or that was found in a folder   cli/common.py `plan`
        │  names.py tells the format and the names of the copy and the list of failures
    Shard            what to read, what to write, Formats, RowSettings                  cli/shards.py `plan_shards`
        │  run_shards starts a Pool, whose workers hold the Cleaners, and calls clean_shards
    _ShardRun        the open shard: decides whether to begin or to resume              run.py `_tasks`
        │  it has a Workspace (the folder .NAME.partial) and a State (how far the shard is)
    CopyTask         if there is an old copy: a worker tells whether it is ours         ours.py
    Chunk            about 1 MB of whole documents, between two Positions               `Format.read_chunks`
        │
    _ChunkTask       the chunk with all that a worker needs to know                     run.py `_tasks`
        │
        │  pool.py pickles it to an idle worker; a few tasks are read ahead
        ▼
    a worker process                                                    cleaner/pool.py, cleaner/rows.py

    Row              a document of the chunk: text or page, URL, language, or an error  `Format.clean`
        │  rows.clean_rows → Cleaner.clean_many
    RowOutcome       the Cleaned document, or why it stays as it was                    rows.py `clean_rows`
        │
    CleanedChunk     the piece of the output, Failures, a Tally (the counts), and the   `CleanedChunk.of`
                     Piece of evidence, if it is wanted
        │  Format.encode: the bytes to append, compressed
    _ChunkDone       the bytes, Failures, Tally, and the Position after the chunk       `_ChunkTask.run`
        │
        │  pool.py gives the results back in the order of the tasks
        ▼
    the process that reads and writes again                             cleaner/shards/run.py

    State            grows by the chunk, is saved once a second                         `_ShardRun.write`
        │  the bytes are appended to `output` and `failures` in the Workspace
    Progress         a chunk is written: for the progress bar                           run.py `clean_shards`
        │  … until no chunk is left: the task Ready(ShardEnded) comes through the pool in its turn
        │  Format.finish makes the file, which then gets the name of the copy           `_ShardRun.finish`
    ShardEnded       the Tally of the shard, or why there is no copy                    run.py `_end`
        │
    Result           with the Shard and the seconds, for the messages and the report    cli/shards.py `run_shards`

Who else is in the picture: a `Format` (`Jsonl`, `Parquet`, `Warc`) does everything that depends on the kind of file;
`format.py` says how to add one. An `Output` is the place of a copy or of a list of failures. `FileInfo` is the size
and stamp of a file in a `store` (a disk, or what fsspec reaches); `State` holds that of the shard, so that a shard
that was changed is not resumed.

**If a document kills or hangs its worker**, the pool divides the `_ChunkTask` into parts of one document. The part
that fails again becomes a `Failure` and stays as it was (`Format.left_as_is`); the other parts are joined, and give
the same bytes as the whole chunk would have given. Only that document is lost, and it is listed.

**If the run is killed**, workers end by themselves. The workspace has all chunks up to the last saved `State`, and
maybe some bytes more. The name of the copy still belongs to the old copy, if there was one. Ctrl-C and SIGTERM save
the state before they end the run.

**With --resume**, each shard whose `State` has the same settings, the same cleaner, the same `FileInfo` and the same
digest of what was read (`digest.py`) goes on: what the workspace has beyond the state is cut off, and reading begins
at its `Position`. Chunks end at the same places as ever, so the copy is the same as without the interruption, byte
for byte. A shard whose copy is written, and still the same file, is skipped: for this, the workspaces of finished
shards are kept until the run has gone over all shards. Then they are removed, unless that of a shard is left that
could not be finished: then all stay, for a later `--resume`. After a kill between the last chunk and the rename,
`finish` is done again. Any other state is replaced, and the shard is begun anew.

**Without --resume** the workspace is emptied and the shard is begun anew.

**In folders of strangers** nothing is read as ours, written or deleted through a link, a pipe or a device
(`files/folder.py`). A copy or a list of failures that does not prove to be ours stays, unless `--force` is given
(`ours.py` says what proves it), and so does a folder that is no workspace, with and without `--force`
(`workspace.py`). Just before a file is replaced, it must be the one that was there when the shard was begun; and a
shard that has changed while it was read gets no copy.

**Memory** is bounded by the largest document (`limits.MAX_DOCUMENT_BYTES`, --max-document) and by the tasks that the
pool reads ahead. A larger document is a failure, or if it cannot be passed over, the end of a broken shard.
"""
