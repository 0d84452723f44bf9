"""Networks, their data, training and export (torch)."""
