"""What parents agree to, per child, in the organisation's own words: asked before anything else, and changed whenever they like.

Catalogue: Q-13, Q-16, M-25 (consents).
"""
