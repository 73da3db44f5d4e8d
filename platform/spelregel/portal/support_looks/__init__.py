"""An administrator lets support look along as somebody: for a reason, read only, until a moment that is set.

What happens during a look is in `web/looking.py`. Catalogue: P-04.
"""
