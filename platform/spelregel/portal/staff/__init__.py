"""The children of one's groups: who is there today, and a card per child with what each role may see.

Catalogue: F-02, M-02 (send the invitation again).
"""
