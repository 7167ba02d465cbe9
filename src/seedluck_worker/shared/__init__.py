"""What both planes need: pure functions, in Python 3.7 syntax, that import nothing but the standard library."""
