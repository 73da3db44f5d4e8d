"""Log in with a passkey (fingerprint, face or the lock of one's own device) beside the password, and keep a list of them.

Catalogue: issue "Doors", A. A passkey belongs to one organisation's address: the browser offers it nowhere else.
"""
