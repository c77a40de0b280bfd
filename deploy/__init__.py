"""Everything that runs the system: servers, gateway, images and their settings."""
