"""Bytes to text, and text repaired."""
