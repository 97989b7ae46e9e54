"""Workflows: each command as a Python function with the same name and options. They join the other packages."""
