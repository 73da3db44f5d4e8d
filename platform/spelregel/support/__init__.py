"""Support stands in anybody's place at any moment, and reads why: a console, visits to portals, a desk for codes.

In test and demo only: `app.py` leaves all of this out in production.

Catalogue: P-04.
"""
