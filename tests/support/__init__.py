"""What tests share: builders, fakes, simulators, specimens."""
