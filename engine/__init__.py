"""AttnTrack's engine: sources, networks, tracking, track files. Knows neither Qt nor torch."""

__version__ = "0.1.0"
