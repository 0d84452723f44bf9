"""The tracker: views, proposals, the online classifier, attention, memory and the loop that joins them."""
