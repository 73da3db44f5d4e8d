"""The demo: invented families in every organisation, built from its file, with today as the middle of their story.

Exists in demo mode only. The past is made by the same services that parents use, so that it obeys the rules.
"""
