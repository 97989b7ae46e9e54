"""Mends: what replaces what, by LibCST. Each module mends one kind of thing; `mender` brings them to every call."""
