"""Exit statuses beyond those of an error."""

INTERRUPTED = 130  # 128 + SIGINT, as in shells
FOUND = 3  # what --strict looks for
