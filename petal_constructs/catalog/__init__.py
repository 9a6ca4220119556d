"""Facts that petal decides with, as data files with source and date, and one reader for each.

Nothing is read before it is asked for.
"""
