"""Ask for days and swap them, follow what became of it, and cancel: what follows is said before the press of the button.

Catalogue: F-04, L-02, L-09 to L-14, M-11 to M-21, M-23, Q-03 to Q-08, Q-10 to Q-12, R-02, R-09, R-10.
"""
