"""The windows that open on top: sources, export, errors and help."""
