"""A seed for one platform -> the same seed for another: the text is changed where it must be."""

from __future__ import annotations

from petal_constructs.convert.conversion import TARGETS, Conversion, Wish, convert

__all__ = ["TARGETS", "Conversion", "Wish", "convert"]
