"""The links in the mails: activate an account, and choose a new password when it was forgotten.

Catalogue: M-01, M-02, L-18, R-03.
"""
