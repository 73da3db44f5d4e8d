"""Pure decisions: a rulebook, facts and a moment in; a typed decision with its reasons out.

Nothing in this folder opens a file, reads a clock, talks to a database, knows the web or translates a text.
"""
