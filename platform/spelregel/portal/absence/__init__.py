"""Report a child absent and take it back: one or more children, a day or a period, with the consequence said first.

Catalogue: F-05, F-10, F-11, L-15, M-22.
"""
