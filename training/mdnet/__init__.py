"""The classifier: shared neck, multi-domain training, a learned start for online learning, the ``learn`` graph."""
