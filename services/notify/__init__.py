"""Telling candidates: messages on the page, SMS, and the live stream."""
