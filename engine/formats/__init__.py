"""Track files: one writer or reader a file, all of them atomic."""
