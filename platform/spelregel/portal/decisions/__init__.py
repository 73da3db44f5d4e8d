"""“Why?”: the trace of a decision in plain words, each condition with a link to where it is written.

Catalogue: P-07.
"""
