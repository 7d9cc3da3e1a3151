"""Gradient estimators: how the negative phase is obtained. One file a family of estimators."""
