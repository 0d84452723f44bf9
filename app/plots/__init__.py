"""Plots of the tracks: against time, over the picture, and as a table."""
