"""Typed configuration: studies, datasets, recipes, sampling plans."""
