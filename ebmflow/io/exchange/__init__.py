"""Model files of other programs."""
