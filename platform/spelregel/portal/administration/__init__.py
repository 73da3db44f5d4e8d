"""What portal administrators do for the whole organisation: who works here and in which role, and the log of who did what.

Catalogue: F-02, R-11.
"""
