"""Tests of shared/policy."""
