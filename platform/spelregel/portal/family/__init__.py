"""One's own data, and a page for each own child: mentor, place, consents, and who looked at it. Nothing of another guardian.

Catalogue: M-25 (own data), F-02.
"""
