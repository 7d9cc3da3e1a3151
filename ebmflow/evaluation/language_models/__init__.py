"""Judges of single sequences by a protein language model; one module a kind."""
