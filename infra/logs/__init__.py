"""The log system: what Elasticsearch, Kibana and Fluentd are told. Named so because a program hides the standard
library's `logging` from itself with a package of that name."""
