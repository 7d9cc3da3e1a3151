"""Pure functions from tables to matplotlib figures; no torch, no models, no files."""
