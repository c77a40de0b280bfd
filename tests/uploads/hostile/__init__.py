"""Hostile and odd pictures, every one made here: rows C1-C10 of the reliability goals."""
