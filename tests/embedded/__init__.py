"""Tests of the way the whole system runs without containers."""
