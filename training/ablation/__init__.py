"""What each part of the tracker is worth: the same clips tracked with one thing changed at a time."""
