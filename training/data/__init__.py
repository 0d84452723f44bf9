"""Readers of clips and stills, augmentation, and the pool of ready-made training features."""
