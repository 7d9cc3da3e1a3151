"""Metrics, tables for figures, structure predictors and the report."""
