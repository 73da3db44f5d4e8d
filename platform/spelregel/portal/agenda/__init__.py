"""The days ahead of all children as one list; each says in words what can still be done and until when.

Catalogue: F-10, M-10.
"""
