"""Scripts as they are: run as ``__main__``, and watched where they hand something to their framework.

Worker plane: NumPy and the framework only, Python 3.7 syntax.
"""
