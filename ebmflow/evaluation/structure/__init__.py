"""Judges of single sequences by their structure; one module a kind."""
