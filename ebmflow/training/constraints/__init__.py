"""Constraints on weights: soft ones add to the gradient, hard ones project. One file each."""
