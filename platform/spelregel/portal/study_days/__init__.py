"""The list of a study day at a location: staff sign children up on the word of a guardian, and the planner gets it for the invoice.

Catalogue: Q-12.
"""
