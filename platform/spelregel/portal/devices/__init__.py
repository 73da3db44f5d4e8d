"""Where one is logged in, with "log out there"; and several accounts on one device, with a switch.

Catalogue: L-18, M-25.
"""
