"""本算定: the yearly levy over everybody. Preview in chunks, then one small transaction puts it in force."""

from levy.yearly.engine import commit, discard, preview

__all__ = ["commit", "discard", "preview"]
