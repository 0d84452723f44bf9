"""The ``locate`` network: local attention and a box a cell, from the search crop and the target memory."""
