"""The conditions that parents read, written from the same values that decide.

Catalogue: P-08 (as far as the rules exist).
"""
