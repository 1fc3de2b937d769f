"""The flash as the core meets it: what its interface reads, what stands before it, and what a miss costs.

One module a policy, with its state, what programs it, and beside it its part of the native hooks in C.
"""
