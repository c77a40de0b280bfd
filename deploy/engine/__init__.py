"""The embedded database's engine: SecantusDB as it is started here, see `__main__`."""
