"""Broken pictures without end: `make fuzz`."""
