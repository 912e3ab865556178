import ray

from cleaner.engines.ray import clean

clean(ray.data.read_json("in")).write_json("out")
