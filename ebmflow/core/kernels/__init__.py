"""Compiled kernels for sampling and moments, on a CPU (numba) and a GPU (Triton).

`dispatch` says where they serve. Everything here has a torch counterpart, which is the reference
and serves where they do not.
"""
