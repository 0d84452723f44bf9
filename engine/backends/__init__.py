"""Runtimes that execute the exported graphs."""
