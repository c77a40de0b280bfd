"""Everything that is tested, and what the tests stand on."""
