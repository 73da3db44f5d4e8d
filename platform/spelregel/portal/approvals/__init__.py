"""What waits to be judged in one's groups: everything needed on one card, approved or refused with one tap, undone for a minute;
and asking a day in a parent's place.

Catalogue: L-12, M-15, M-30, R-10, Q-07, Q-08, Q-09.
"""
