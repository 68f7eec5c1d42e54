"""A whole association on a bench, and what its staff may wish: plausible, careless, out of order.

``found_association`` sets it up, and each function of ``WISHES`` makes one command by chance:
mostly one that could be right, sometimes one that is late, twice, of the wrong lot, plan or place.
"""
