"""The broker's accounts, rights and topology as a definitions file."""
