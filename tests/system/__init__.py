"""Whole journeys over the real system, with crashes."""
