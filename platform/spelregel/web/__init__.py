"""What every page needs, whatever it is about: the tenant from the host, the clock, log-in, headers, templates.

Knows no feature.
"""
