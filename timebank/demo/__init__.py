"""The demo community: an association like 翠竹园互助会, and a year of its life.

Pure: from a seed number and a size the same year follows, entry by entry, on every machine.
:mod:`timebank.demo.community` puts it together, the modules beside it know one business each, and
:mod:`timebank.services.demo` posts it. Nobody in it is real; its keys follow from the seed, so
whoever knows that can read everything, and its origin ends in ``demo.invalid`` to say so.
"""
