"""Who someone is: candidates and their registrations, staff, sessions."""
