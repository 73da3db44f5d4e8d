"""Tablets that a group shares: pair and unpair them, choose a PIN, and get in on one with a name and a PIN.

Catalogue: F-02.
"""
