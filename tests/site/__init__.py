"""The gate's own URLs, through the door."""
