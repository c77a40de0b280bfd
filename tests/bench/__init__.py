"""What the system costs, measured; never a test that fails by time."""
