"""What coordinators fill in when they plan."""
