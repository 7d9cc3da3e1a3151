"""Optimisers: from an ascent direction to a step. One file each."""
