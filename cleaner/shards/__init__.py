"""Files with many documents."""
