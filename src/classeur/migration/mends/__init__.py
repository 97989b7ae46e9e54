"""Mends: replacements of old code, by LibCST. Each module replaces one kind; `mender` applies them to every call."""
