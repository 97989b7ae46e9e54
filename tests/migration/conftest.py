collect_ignore_glob = ["examples/*", "mistakes/*", "real/scripts/*"]
