"""Compiled kernels for sampling and moments on a CPU; `dispatch` says where they serve.

Everything here has a torch counterpart that is the reference and serves all other devices.
"""
