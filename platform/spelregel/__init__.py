"""Spelregel: one platform, every childcare organisation its own portal, its rules as data.

Imports point one way: rules <- tenancy, storage, words <- records <- web, notify <- portal <- demo <- app, cli.
"""
