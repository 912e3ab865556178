from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from cleaner.engines.datatrove import Clean

LocalPipelineExecutor([JsonlReader("in"), Clean(), JsonlWriter("out", compression=None)]).run()
