collect_ignore_glob = ["examples/*", "real/scripts/*"]
