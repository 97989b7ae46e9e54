collect_ignore_glob = ["examples/*"]
