"""Renode as a second engine: finding it, a platform for it, its plugin, and what it did, counted and priced here."""
