"""Profiles as files of other tools, a module a format: each a pure function of what was found."""
