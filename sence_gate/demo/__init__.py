"""The demonstration: a course platform that knows nothing of SENCE, and a trip through it."""
