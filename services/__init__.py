"""The four services; each folder is an image."""
