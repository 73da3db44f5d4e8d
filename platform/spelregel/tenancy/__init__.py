"""A tenant's file becomes a Tenant: read, checked against the schema, understood, and tried on its own examples.

Reads files; knows no database and no web. `check.check_text` is the one way in, for the command line, start-up,
reload and tests alike.
"""
