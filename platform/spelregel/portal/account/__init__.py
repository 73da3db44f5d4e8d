"""Log in with the organisation's own user name, log out, and choose the language.

Catalogue: L-18 (name and password), R-04, Q-15.
"""
