"""What a person proves with who it is: change the password and the e-mail address, and a second proof beside the password.

Catalogue: M-25 (password), L-18.
"""
