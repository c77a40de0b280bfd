"""The outer world for development and tests: the registration system and an SMS provider."""
