"""What every HTTP surface shares: identity, problems, request reading, descriptions, health."""
