from pyspark.sql import SparkSession

from cleaner.engines.spark import clean

frame = SparkSession.builder.getOrCreate().read.json("in")
clean(frame).write.json("out")
