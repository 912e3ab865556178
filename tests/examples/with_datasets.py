from datasets import load_dataset

from cleaner.engines.datasets import clean

dataset = load_dataset("json", data_dir="in", split="train")  # or many splits, or streamed
cleaned = clean(dataset, num_proc=2)  # options go to map; a second time, this comes from its cache
