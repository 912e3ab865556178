"""What authors of rules use."""
