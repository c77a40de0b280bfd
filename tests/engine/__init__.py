"""The embedded database's engine behaves as before its differences, and as a mongod where it counts."""
