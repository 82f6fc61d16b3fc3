"""Pages and answers for coordinators."""
