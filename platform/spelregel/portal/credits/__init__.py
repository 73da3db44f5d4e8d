"""My credits per child: how much is left, until when, earned by what, spent on what, and why one cannot be used.

Catalogue: F-13, L-16, M-14, M-26, Q-04.
"""
