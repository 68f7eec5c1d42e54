"""Flows: pure functions from a command and the facts it needs to a draft.

Each kind of business is one module with its command and two functions: ``needs(command)`` says
which facts must be read under the book's lock, ``build(command, facts)`` makes the draft of the
entry or refuses. :mod:`timebank.flows.registry` lists them.
"""
